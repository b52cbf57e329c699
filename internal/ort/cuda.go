package ort

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	onnxruntime "github.com/yalue/onnxruntime_go"
)

// ErrNoCUDA is wrapped where a GPU cannot be used.
var ErrNoCUDA = errors.New("cannot use CUDA")

// cudaProvider is the library that ONNX Runtime loads to run on a GPU.
var cudaProvider = map[string]string{
	"linux":   "libonnxruntime_providers_cuda.so",
	"windows": "onnxruntime_providers_cuda.dll",
}[runtime.GOOS]

func hasCUDAProvider(library string) bool {
	if cudaProvider == "" {
		return false
	}
	_, err := os.Stat(filepath.Join(filepath.Dir(library), cudaProvider))
	return err == nil
}

// CheckCUDA tells why a GPU cannot be used, as far as that is known without
// loading ONNX Runtime's library.
func CheckCUDA() (library string, err error) {
	library, err = FindLibrary(Device{CUDA: true})
	if err != nil {
		return "", err
	}
	return library, loadDriver()
}

func loadDriver() error {
	if err := loadLibrary(cudaDriver); err != nil {
		return fmt.Errorf("%w: the NVIDIA driver is not installed: %w", ErrNoCUDA, err)
	}
	return nil
}

// loadCUDA loads the driver and NVIDIA's libraries that lie beside ONNX
// Runtime's, since the provider finds by itself only those the system knows.
// If one is missing still, the provider names it.
func loadCUDA(library string) error {
	if err := loadDriver(); err != nil {
		return err
	}
	folder := filepath.Dir(library)
	waiting, err := nvidiaLibraries(folder)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoCUDA, err)
	}
	// They need one another, in an order that changes with their versions.
	for before := -1; len(waiting) != before; {
		before = len(waiting)
		waiting = slices.DeleteFunc(waiting, func(path string) bool { return loadLibrary(path) == nil })
	}
	return nil
}

// nvidiaLibraries returns NVIDIA's shared libraries in a folder. A system's
// folder has others, which are not ours to load.
func nvidiaLibraries(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	var paths []string
	for _, entry := range entries {
		name := entry.Name()
		if (strings.HasPrefix(name, "libcu") || strings.HasPrefix(name, "libnv")) && strings.Contains(name, ".so") {
			paths = append(paths, filepath.Join(folder, name))
		}
	}
	return paths, err
}

// appendCUDA makes a session run on a GPU.
func appendCUDA(options *onnxruntime.SessionOptions, index int) error {
	cuda, err := onnxruntime.NewCUDAProviderOptions()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoCUDA, err)
	}
	defer cuda.Destroy()
	settings := map[string]string{
		"device_id": strconv.Itoa(index),
		// Every run has the same shape, so that trying all algorithms once pays.
		"cudnn_conv_algo_search":       "EXHAUSTIVE",
		"cudnn_conv_use_max_workspace": "1",
		// Rows from a GPU and from a CPU stand in one store: full float32.
		"use_tf32": "0",
	}
	if err := cuda.Update(settings); err != nil {
		return fmt.Errorf("%w: %w", ErrNoCUDA, err)
	}
	if err := options.AppendExecutionProviderCUDA(cuda); err != nil {
		return fmt.Errorf("%w: %w", ErrNoCUDA, err)
	}
	return nil
}
