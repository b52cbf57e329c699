package head

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/digitalinnovationone/headstart/internal/matrix"
)

// spread calls what task returns with 0, …, n-1, in any order and on several
// goroutines, and returns when all are done. Each task that it asks for is called
// by one goroutine at a time. Its error is that of ctx, which it looks at before
// each call.
func spread(ctx context.Context, workers, n int, task func() func(i int)) error {
	const stretch = 64
	var tasks errgroup.Group
	var faults matrix.Faults
	tasks.SetLimit(workers)
	for from := 0; from < n; from += stretch {
		tasks.Go(func() error {
			do := task()
			for i := from; i < min(from+stretch, n); i++ {
				if err := ctx.Err(); err != nil {
					return err
				}
				faults.Run(func() { do(i) })
			}
			return nil
		})
	}
	err := tasks.Wait()
	faults.Rethrow()
	return err
}
