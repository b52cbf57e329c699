package head

import "golang.org/x/sync/errgroup"

// spread calls task on stretches of 0, …, n-1, in any order and on several
// goroutines, and returns when all are done.
func spread(workers, n int, task func(from, to int)) {
	const stretch = 64
	var tasks errgroup.Group
	tasks.SetLimit(workers)
	for from := 0; from < n; from += stretch {
		tasks.Go(func() error {
			task(from, min(from+stretch, n))
			return nil
		})
	}
	_ = tasks.Wait() // no task fails
}
