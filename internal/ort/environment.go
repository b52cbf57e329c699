// Package ort runs ONNX models with ONNX Runtime, on the CPU or a GPU. [Open]
// loads a model as a [Session], whose [Runner]s run it; [FindLibrary] and [Load]
// look after the shared library. No other package talks to ONNX Runtime.
//
// The caller closes sessions and runners: the garbage collector does not see
// ONNX Runtime's memory.
package ort

import (
	"fmt"
	"os"
	"sync"

	onnxruntime "github.com/yalue/onnxruntime_go"
)

// Library is the shared library that the process has loaded.
type Library struct {
	Path    string `json:"path"`
	Version string `json:"version"`
}

// environment is the process's only one: a library cannot be unloaded.
var environment struct {
	sync.Mutex
	library Library
}

// Load finds and loads ONNX Runtime's library for a device and starts its
// environment. A process can load only one library: a later call for a device that
// needs another one returns an error.
func Load(device Device) (Library, error) {
	environment.Lock()
	defer environment.Unlock()
	path, err := FindLibrary(device)
	if err != nil {
		return Library{}, err
	}
	if loaded := environment.library; loaded.Path != "" {
		if device.CUDA && loaded.Path != path {
			return Library{}, fmt.Errorf("cannot load %s: this process has already loaded %s", path, loaded.Path)
		}
		return loaded, nil
	}
	if device.CUDA {
		if err := loadCUDA(path); err != nil {
			return Library{}, err
		}
	}
	if _, set := os.LookupEnv(quietVariable); !set {
		os.Setenv(quietVariable, "1")
	}
	onnxruntime.SetSharedLibraryPath(path)
	// Errors are returned; the log would print them a second time, and names from
	// models as they are, escape sequences included.
	if err := onnxruntime.InitializeEnvironment(onnxruntime.WithLogLevelFatal()); err != nil {
		return Library{}, fmt.Errorf("cannot load %s: %w", path, loadError(err))
	}
	environment.library = Library{Path: path, Version: onnxruntime.GetVersion()}
	return environment.library, nil
}

// quietVariable, set to 1 before the environment starts, turns off ONNX
// Runtime's telemetry, which official builds have from 1.29 on.
const quietVariable = "ORT_DISABLE_TELEMETRY"
