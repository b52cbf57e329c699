// Package ort is headstart's only door to ONNX Runtime: it finds the shared
// library, keeps the one environment a process may have, and runs sessions.
//
// Whoever makes an object of this package closes it: ONNX Runtime's memory is
// out of the garbage collector's sight.
package ort

import (
	"fmt"
	"strings"
	"sync"

	onnxruntime "github.com/yalue/onnxruntime_go"
)

// Library is the shared library a process has loaded.
type Library struct {
	Path    string `json:"path"`
	Version string `json:"version"`
}

// Load finds ONNX Runtime's library and starts its environment, the first
// time it is called; every later call gives the same answer.
func Load() (Library, error) { return load() }

var load = sync.OnceValues(func() (Library, error) {
	path, err := FindLibrary()
	if err != nil {
		return Library{}, err
	}
	onnxruntime.SetSharedLibraryPath(path)
	if err := onnxruntime.InitializeEnvironment(onnxruntime.WithLogLevelError()); err != nil {
		return Library{}, fmt.Errorf("cannot load %s: %w", path, loadError(err))
	}
	return Library{Path: path, Version: onnxruntime.GetVersion()}, nil
})

// loadError says what the binding's words mean where they do not.
func loadError(err error) error {
	switch text := err.Error(); {
	case strings.Contains(text, "setting ORT API base"):
		return fmt.Errorf("the library is older than this program needs: %w", err)
	case strings.Contains(text, "wrong ELF class"), strings.Contains(text, "invalid ELF header"), strings.Contains(text, "incompatible architecture"):
		return fmt.Errorf("the file is not a library for this kind of machine: %w", err)
	default:
		return err
	}
}
