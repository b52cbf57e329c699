package ort

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestTheNewestLibraryWins(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the names are Linux's")
	}
	cache := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", cache)
	t.Setenv(LibraryVariable, "")
	lib := filepath.Join(cache, "headstart", "lib")
	if err := os.MkdirAll(lib, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"libonnxruntime.so.1.9.0", "libonnxruntime.so.1.32.0", "libonnxruntime.so.1.4.0", "other.so.9"} {
		if err := os.WriteFile(filepath.Join(lib, name), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if path, err := FindLibrary(Device{}); err != nil || path != filepath.Join(lib, "libonnxruntime.so.1.32.0") {
		t.Errorf("found %s, %v", path, err)
	}
}

func TestTheVariableIsTheOnlyPlace(t *testing.T) {
	t.Setenv(LibraryVariable, filepath.Join(t.TempDir(), "gone.so"))
	_, err := FindLibrary(Device{})
	if !errors.Is(err, ErrNoLibrary) || !strings.Contains(err.Error(), "gone.so") {
		t.Errorf("error %v", err)
	}
}

// As the wheels of onnxruntime 1.32 have them in onnxruntime/capi.
func TestEachSystemsLibraryName(t *testing.T) {
	wheels := map[string][]string{
		"linux":   {"libonnxruntime.so.1.32.0", "libonnxruntime_providers_shared.so"},
		"darwin":  {"libonnxruntime.1.32.0.dylib", "libonnxruntime_providers_shared.dylib"},
		"windows": {"onnxruntime.dll", "onnxruntime_providers_shared.dll"},
	}
	for system, names := range wheels {
		for i, name := range names {
			if got := isLibrary(system, name); got != (i == 0) {
				t.Errorf("on %s, %s is the library: %v", system, name, got)
			}
		}
	}
	for _, name := range []string{"libonnxruntime.dylib", "libonnxruntime.1.dylib"} {
		if !isLibrary("darwin", name) {
			t.Errorf("%s is not found", name)
		}
	}
}
