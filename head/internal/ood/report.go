package ood

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/digitalinnovationone/headstart/internal/matrix"
)

// Report is what Fit returns besides the model.
type Report struct {
	// Lost is nil where it was not measured: a class has all its images in one
	// group, and none of them can be scored as a new image of the class would be.
	Lost *Lost

	model      *Model
	groups     []int // of each row
	references []int // of each reference, its group
	workers    int
}

// newReport numbers the group of each row and reference. Where all references are
// of one group, which would leave none to score it by, each row is a group.
func newReport(m *Model, chosen []reference, groups []int, rows, workers int) *Report {
	one := !slices.ContainsFunc(chosen, func(c reference) bool { return groups != nil && groups[c.row] != groups[chosen[0].row] })
	if one {
		groups = make([]int, rows)
		for i := range groups {
			groups[i] = i
		}
	}
	r := &Report{model: m, groups: groups, workers: workers}
	for _, c := range chosen {
		r.references = append(r.references, groups[c.row])
	}
	return r
}

// Scores returns for each row of the matrix that the model was fitted to its
// score by the references of other groups. The errors are those of ctx.
func (r *Report) Scores(ctx context.Context, x matrix.Float32) ([]float64, error) {
	rows := make([]int, x.Len())
	for i := range rows {
		rows[i] = i
	}
	return r.scores(ctx, x, rows)
}

func (r *Report) scores(ctx context.Context, x matrix.Float32, rows []int) ([]float64, error) {
	scores := make([]float64, len(rows))
	var workers errgroup.Group
	var faults matrix.Faults
	workers.SetLimit(r.workers)
	for i, row := range rows {
		workers.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			faults.Run(func() { scores[i] = r.model.scoreWithout(x.Row(row), r.references, r.groups[row]) })
			return nil
		})
	}
	err := workers.Wait()
	faults.Rethrow()
	return scores, err
}
