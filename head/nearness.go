package head

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/digitalinnovationone/headstart/head/internal/ood"
	"github.com/digitalinnovationone/headstart/internal/matrix"
)

// nearnessRows is how many rows are compared with the references at once: few
// enough to stay in a core's cache.
const nearnessRows = 32

// Nearness returns for every row of x the UnknownScore, in a fraction of the time of
// asking row by row, and the Euclidean distance to the nearest training embedding in
// the file, their last blocks scaled to length 1: 0 to 2. As the file has eight bits a number, an
// image can be 0.01 from itself; distances of 0.05 and more are right within 0.003.
// Its error is that of ctx. It panics if Meta.Unknown is nil, or if x is not of Dim
// columns.
func (h *Head) Nearness(ctx context.Context, x Matrix, workers int) (unknown, nearest []float64, err error) {
	unknown, nearest = make([]float64, x.Len()), make([]float64, x.Len())
	var tasks errgroup.Group
	var faults matrix.Faults
	tasks.SetLimit(workers)
	for from := 0; from < x.Len(); from += nearnessRows {
		tasks.Go(func() error {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			rows := make([][]float32, min(nearnessRows, x.Len()-from))
			found := make([]ood.Nearness, len(rows))
			faults.Run(func() {
				for i := range rows {
					rows[i] = x.Row(from + i)[h.Dim()-h.last:]
				}
				h.unknown.Nearness(rows, found)
			})
			for i, n := range found {
				unknown[from+i], nearest[from+i] = n.Score, n.Distance
			}
			return nil
		})
	}
	err = tasks.Wait()
	faults.Rethrow()
	return unknown, nearest, err
}
