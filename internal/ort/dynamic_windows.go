package ort

import "syscall"

const cudaDriver = "nvcuda.dll"

// loadLibrary loads a shared library for the rest of the process.
func loadLibrary(name string) error {
	_, err := syscall.LoadLibrary(name)
	return err
}

// keepingSignals calls f. Windows has no signal handlers to lose.
func keepingSignals(f func() error) error { return f() }
