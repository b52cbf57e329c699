package logistic

import (
	"sync"

	"github.com/digitalinnovationone/headstart/internal/matrix"
)

// workers limits how many tasks run at once. Several callers share them, so that
// folds trained side by side never use more cores than one fold alone would.
type workers chan struct{}

func newWorkers(n int) workers { return make(workers, n) }

// each calls task(0), …, task(n-1), in any order and as many at a time as there
// are workers, and returns when all are done. A task must not call each.
func (w workers) each(n int, task func(i int)) {
	var faults matrix.Faults
	limited := func(i int) {
		w <- struct{}{}
		faults.Run(func() { task(i) })
		<-w
	}
	if n == 1 || cap(w) == 1 {
		for i := range n {
			limited(i)
		}
		faults.Rethrow()
		return
	}
	var done sync.WaitGroup
	for i := range n {
		done.Go(func() { limited(i) })
	}
	done.Wait()
	faults.Rethrow()
}
