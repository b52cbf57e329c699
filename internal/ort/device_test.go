package ort

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestParseDevice(t *testing.T) {
	for text, want := range map[string]Device{"cpu": {}, "cuda": {CUDA: true}, "cuda:3": {CUDA: true, Index: 3}} {
		if got, err := ParseDevice(text); err != nil || got != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "gpu", "cuda:", "cuda:-1", "cuda:x", "cpu:0", "CUDA"} {
		if got, err := ParseDevice(text); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
}

// TestCUDANeedsItsProvider has a library without the provider beside it: a
// run on a GPU must not take it.
func TestCUDANeedsItsProvider(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the names are Linux's")
	}
	cache := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", cache)
	t.Setenv(LibraryVariable, "")
	folder := filepath.Join(cache, "headstart", "cuda")
	library := filepath.Join(folder, "libonnxruntime.so.1.31.1")
	if err := os.MkdirAll(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(library, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if path, err := FindLibrary(Device{CUDA: true}); !errors.Is(err, ErrNoLibrary) || !strings.Contains(err.Error(), cudaProvider) {
		t.Errorf("found %s, %v", path, err)
	}
	t.Setenv(LibraryVariable, library)
	if _, err := FindLibrary(Device{CUDA: true}); !errors.Is(err, ErrNoLibrary) || !strings.Contains(err.Error(), library) {
		t.Errorf("error %v", err)
	}
	if err := os.WriteFile(filepath.Join(folder, cudaProvider), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if path, err := FindLibrary(Device{CUDA: true}); err != nil || path != library {
		t.Errorf("found %s, %v", path, err)
	}
}

func TestAMissingLibraryIsNamed(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the names are Linux's")
	}
	err := loadLibrary("libhas-never-been.so.7")
	if err == nil || !strings.Contains(err.Error(), "libhas-never-been.so.7") {
		t.Errorf("error %v", err)
	}
}
