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

// CheckCUDA returns the library for a GPU, or why none can be used, as far as that
// is known without loading it.
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

// loadCUDA loads the driver and the NVIDIA libraries beside ONNX Runtime's, since the
// provider itself finds only those on the system's path. It names any that is
// still missing.
func loadCUDA(library string) error {
	if err := loadDriver(); err != nil {
		return err
	}
	folder := filepath.Dir(library)
	files, err := os.ReadDir(folder)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoCUDA, err)
	}
	var pending []string // NVIDIA's: a system's folder has others, which are not ours to load
	for _, file := range files {
		name := file.Name()
		if (strings.HasPrefix(name, "libcu") || strings.HasPrefix(name, "libnv")) && strings.Contains(name, ".so") {
			pending = append(pending, filepath.Join(folder, name))
		}
	}
	// They depend on each other, in an order that changes between versions.
	for before := -1; len(pending) != before; {
		before = len(pending)
		pending = slices.DeleteFunc(pending, func(path string) bool { return loadLibrary(path) == nil })
	}
	return nil
}

// appendCUDA makes a session run on a GPU.
func appendCUDA(options *onnxruntime.SessionOptions, index int) error {
	cuda, err := onnxruntime.NewCUDAProviderOptions()
	if err == nil {
		defer cuda.Destroy()
		err = cuda.Update(map[string]string{
			"device_id": strconv.Itoa(index),
			// All runs have the same shape, so trying all algorithms once pays off.
			"cudnn_conv_algo_search":       "EXHAUSTIVE",
			"cudnn_conv_use_max_workspace": "1",
			// A store mixes rows from GPUs and CPUs, so full float32 precision is needed.
			"use_tf32": "0",
		})
	}
	if err == nil {
		err = options.AppendExecutionProviderCUDA(cuda)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoCUDA, libraryError(err))
	}
	return nil
}
