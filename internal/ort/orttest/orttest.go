// Package orttest skips tests that need ONNX Runtime where it is not installed.
package orttest

import (
	"testing"

	"github.com/digitalinnovationone/headstart/internal/ort"
)

// Library returns the path of ONNX Runtime's library. It skips the test if there
// is none.
func Library(t testing.TB) string {
	t.Helper()
	path, err := ort.FindLibrary(ort.Device{})
	if err != nil {
		t.Skipf("needs ONNX Runtime's library: run make setup (%v)", err)
	}
	return path
}
