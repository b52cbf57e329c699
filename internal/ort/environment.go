// Package ort is headstart's only door to ONNX Runtime: it finds the shared
// library, keeps the one environment a process may have, and runs sessions on
// the CPU or a GPU.
//
// Whoever makes an object of this package closes it: ONNX Runtime's memory is
// out of the garbage collector's sight.
package ort

import (
	"fmt"
	"os"
	"strings"
	"sync"

	onnxruntime "github.com/yalue/onnxruntime_go"
)

// Library is the shared library a process has loaded.
type Library struct {
	Path    string `json:"path"`
	Version string `json:"version"`
}

// environment is the one of the process, which has one library for good.
var environment struct {
	sync.Mutex
	library Library
}

// Load finds ONNX Runtime's library for a device and starts its environment.
// A process loads one library: a later call for a device that needs another
// one is an error.
func Load(device Device) (Library, error) {
	environment.Lock()
	defer environment.Unlock()
	path, err := FindLibrary(device)
	if err != nil {
		return Library{}, err
	}
	if loaded := environment.library; loaded.Path != "" {
		if device.CUDA && loaded.Path != path {
			return Library{}, fmt.Errorf("cannot load %s: this process runs on %s already", path, loaded.Path)
		}
		return loaded, nil
	}
	if device.CUDA {
		if err := loadCUDA(path); err != nil {
			return Library{}, err
		}
	}
	if err := keepQuiet(); err != nil {
		return Library{}, fmt.Errorf("cannot load %s: %w", path, err)
	}
	onnxruntime.SetSharedLibraryPath(path)
	if err := onnxruntime.InitializeEnvironment(onnxruntime.WithLogLevelError()); err != nil {
		return Library{}, fmt.Errorf("cannot load %s: %w", path, loadError(err))
	}
	environment.library = Library{Path: path, Version: onnxruntime.GetVersion()}
	return environment.library, nil
}

// quietVariable, set to 1 before the environment starts, keeps ONNX Runtime from
// telling its makers of models and runs, as their builds do from 1.29 on.
const quietVariable = "ORT_DISABLE_TELEMETRY"

// keepQuiet sets quietVariable, unless the user has decided.
func keepQuiet() error {
	if _, decided := os.LookupEnv(quietVariable); decided {
		return nil
	}
	return os.Setenv(quietVariable, "1")
}

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
