package matrix

import (
	"runtime/debug"
	"sync/atomic"
)

// Faults brings a fault in memory from the goroutines that work on the rows of a
// mapped file to the one that waits for them: a row faults when another program
// has cut the file short. The zero value is ready for use.
type Faults struct{ first atomic.Pointer[fault] }

// fault is what the runtime panics with after debug.SetPanicOnFault.
type fault struct{ panicked any }

// Run calls task in a goroutine that reads rows. It returns early if task faults.
func (f *Faults) Run(task func()) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		switch panicked := recover().(type) {
		case nil:
		case interface{ Addr() uintptr }:
			f.first.CompareAndSwap(nil, &fault{panicked})
		default:
			panic(panicked)
		}
	}()
	task()
}

// Rethrow panics with the first fault, if there was one, in the goroutine that
// has waited for the others. Who opened the matrix recovers it.
func (f *Faults) Rethrow() {
	if first := f.first.Load(); first != nil {
		panic(first.panicked)
	}
}
