//go:build !windows

package ort

/*
#cgo linux LDFLAGS: -ldl
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>

// Signals from this number on are real-time signals, some of which the C library
// uses itself.
#define SIGNALS 32

static struct sigaction before[SIGNALS];

static void keep_handlers(void) {
	for (int s = 1; s < SIGNALS; s++) sigaction(s, NULL, &before[s]);
}

static void restore_handlers(void) {
	for (int s = 1; s < SIGNALS; s++) {
		if (s != SIGKILL && s != SIGSTOP) sigaction(s, &before[s], NULL);
	}
}

static void ignore_interrupts(void) { signal(SIGINT, SIG_IGN); }
*/
import "C"

import (
	"errors"
	"sync"
	"unsafe"
)

const cudaDriver = "libcuda.so.1"

// loadLibrary loads a shared library for good. Libraries that are loaded later and
// depend on one of its name get this one.
func loadLibrary(name string) error {
	path := C.CString(name)
	defer C.free(unsafe.Pointer(path))
	if C.dlopen(path, C.RTLD_LAZY) == nil {
		return errors.New(C.GoString(C.dlerror()))
	}
	return nil
}

var handlers sync.Mutex

// keepingSignals calls f and restores the process's signal handlers afterwards:
// CUDA's libraries replace those that Go needs to handle Ctrl-C.
func keepingSignals(f func() error) error {
	handlers.Lock()
	defer handlers.Unlock()
	C.keep_handlers()
	defer C.restore_handlers()
	return f()
}

// ignoreInterrupts does what CUDA's libraries do, for the test: test files cannot
// use cgo.
func ignoreInterrupts() { C.ignore_interrupts() }
