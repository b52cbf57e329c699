package logistic

import "sync"

// A team runs tasks on a fixed number of workers. Tasks of several callers
// share them, so that folds trained side by side never use more than one fold
// alone would.
type team chan struct{}

func newTeam(workers int) team { return make(team, workers) }

// each calls task(0), …, task(n-1), in any order and at the same time as far
// as there are workers, and returns when all are done. A task must not call
// each.
func (t team) each(n int, task func(i int)) {
	if n == 1 || cap(t) == 1 {
		for i := range n {
			t <- struct{}{}
			task(i)
			<-t
		}
		return
	}
	var done sync.WaitGroup
	for i := range n {
		done.Go(func() {
			t <- struct{}{}
			task(i)
			<-t
		})
	}
	done.Wait()
}
