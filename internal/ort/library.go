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

	"github.com/digitalinnovationone/headstart/internal/cachedir"
)

// LibraryVariable names the environment variable that, when set, is the only
// place where ONNX Runtime's shared library is looked for.
const LibraryVariable = "HEADSTART_ONNXRUNTIME"

// ErrNoLibrary is wrapped by errors of [FindLibrary], along with [ErrNoCUDA] if a
// library with CUDA was searched.
var ErrNoLibrary = errors.New("cannot find ONNX Runtime's library")

// FindLibrary returns the path of ONNX Runtime's shared library. It searches, in
// this order, the file named by $HEADSTART_ONNXRUNTIME, headstart's cache folder
// (lib for the CPU, cuda for a GPU), the program's folder, and the system's library
// folders; within a folder the newest version wins. A library for a GPU must have
// its CUDA provider beside it, since both must come from one build.
func FindLibrary(device Device) (string, error) {
	if path := os.Getenv(LibraryVariable); path != "" {
		if _, err := os.Stat(path); err != nil {
			return "", fmt.Errorf("%w: $%s: %w", ErrNoLibrary, LibraryVariable, err)
		}
		if device.CUDA && !hasCUDAProvider(path) {
			return "", fmt.Errorf("%w: %w: $%s is %s, which has no %s beside it", ErrNoCUDA, ErrNoLibrary, LibraryVariable, path, cudaProvider)
		}
		return path, nil
	}
	folders := SearchPath(device)
	for _, folder := range folders {
		if path := newestIn(folder); path != "" && (!device.CUDA || hasCUDAProvider(path)) {
			return path, nil
		}
	}
	if device.CUDA && cudaProvider == "" {
		return "", fmt.Errorf("%w: ONNX Runtime has none on %s", ErrNoCUDA, runtime.GOOS)
	}
	if device.CUDA {
		return "", fmt.Errorf("%w: %w with %s beside it in %s", ErrNoCUDA, ErrNoLibrary, cudaProvider, strings.Join(folders, ", "))
	}
	return "", fmt.Errorf("%w in %s", ErrNoLibrary, strings.Join(folders, ", "))
}

// SearchPath returns the folders FindLibrary searches, first to last.
func SearchPath(device Device) []string {
	var folders []string
	own := "lib"
	if device.CUDA {
		own = "cuda"
	}
	if folder, err := cachedir.Join(own); err == nil {
		folders = append(folders, folder)
	}
	if program, err := os.Executable(); err == nil {
		folders = append(folders, filepath.Dir(program))
	}
	switch runtime.GOOS {
	case "darwin":
		folders = append(folders, "/opt/homebrew/lib", "/usr/local/lib")
	case "linux":
		folders = append(folders, "/usr/local/lib", "/usr/lib", "/usr/lib64")
		debian, _ := filepath.Glob("/usr/lib/*-linux-gnu") // fails on a bad pattern only
		folders = append(folders, debian...)
	}
	return folders
}

// newestIn returns the newest library file in folder, or "".
func newestIn(folder string) string {
	var newest string
	files, _ := os.ReadDir(folder) // where there is no folder there is no library
	for _, file := range files {
		name := file.Name()
		if isLibrary(runtime.GOOS, name) && (newest == "" || slices.Compare(versionOf(name), versionOf(newest)) > 0) {
			newest = name
		}
	}
	if newest == "" {
		return ""
	}
	return filepath.Join(folder, newest)
}

// isLibrary tells whether a system's ONNX Runtime library may have that file name,
// which its providers, in the same folder, have not.
func isLibrary(system, name string) bool {
	switch system {
	case "darwin":
		middle, ok := strings.CutPrefix(name, "libonnxruntime")
		middle, dylib := strings.CutSuffix(middle, ".dylib")
		return ok && dylib && (middle == "" || strings.HasPrefix(middle, "."))
	case "windows": // where case does not matter
		return strings.EqualFold(name, "onnxruntime.dll")
	}
	return strings.HasPrefix(name, "libonnxruntime.so")
}

// versionOf returns the numbers in a library's file name: 1, 32, 0 for
// libonnxruntime.so.1.32.0.
func versionOf(name string) []int {
	var version []int
	for _, field := range strings.FieldsFunc(name, func(r rune) bool { return r < '0' || r > '9' }) {
		if n, err := strconv.Atoi(field); err == nil {
			version = append(version, n)
		}
	}
	return version
}
