//go:build !windows

package ort

/*
#cgo linux LDFLAGS: -ldl
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>

// The signals below this are the classic ones; those above are the threads
// library's own business.
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

// loadLibrary loads a shared library for the rest of the process: libraries that
// are loaded later and need one of its name get this one.
func loadLibrary(name string) error {
	path := C.CString(name)
	defer C.free(unsafe.Pointer(path))
	if C.dlopen(path, C.RTLD_LAZY) == nil {
		return errors.New(C.GoString(C.dlerror()))
	}
	return nil
}

var handlers sync.Mutex

// keepingSignals calls f and puts the process's signal handlers back as they
// were before: CUDA's libraries install their own, in whose place Go's are
// needed for Ctrl-C to end a run in good order.
func keepingSignals(f func() error) error {
	handlers.Lock()
	defer handlers.Unlock()
	C.keep_handlers()
	defer C.restore_handlers()
	return f()
}

// ignoreInterrupts does what CUDA's libraries do, for the test: cgo is not to
// be had in test files.
func ignoreInterrupts() { C.ignore_interrupts() }
