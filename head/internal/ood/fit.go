package ood

import (
	"cmp"
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/digitalinnovationone/headstart/internal/matrix"
)

const (
	// maxReferences limits the reference embeddings, and so the size of the head
	// file, unless there are more classes: each has at least one.
	maxReferences = 2000
	maxNeighbours = 5
)

// Options says how to fit a model.
type Options struct {
	// KnownRecall is the share of images of the classes, not seen in training,
	// that should not score above the threshold: above 0 and at most 1.
	KnownRecall float64
	// Seed decides which images are references, where there are too many.
	Seed uint64
	// Workers is the number of processor cores to use, 1 or more. The result
	// does not depend on it.
	Workers int
}

// Fit makes a model of the rows of x. labels holds a class, 0 to classes-1, for
// each row, and groups numbers the group of each; nil means that each row is one.
// Every class has a row, and there are at least two rows. None of this is
// checked: the only errors are those of ctx. The threshold comes from the scores
// of references, each scored without its group.
func Fit(ctx context.Context, x matrix.Float32, labels, groups []int, classes int, opt Options) (*Model, *Report, error) {
	members := make([][]int, classes)
	for i, label := range labels {
		members[label] = append(members[label], i)
	}
	chosen := choose(members, rand.New(rand.NewPCG(opt.Seed, 0)))
	p := Parameters{
		Dim:        x.Dim(),
		Neighbours: min(max(len(chosen)/classes-1, 1), maxNeighbours),
		References: make([]int8, len(chosen)*x.Dim()),
		Scales:     make([]float32, len(chosen)),
	}
	for i, c := range chosen {
		p.Scales[i] = quantise(x.Row(c.row), p.References[i*p.Dim:(i+1)*p.Dim])
	}
	m, err := New(p)
	if err != nil {
		return nil, nil, err
	}
	r := newReport(m, chosen, groups, len(labels), opt.Workers)
	rows, weights := make([]int, len(chosen)), make([]float64, len(chosen))
	for i, c := range chosen {
		rows[i], weights[i] = c.row, c.weight
	}
	scores, err := r.scores(ctx, x, rows)
	if err != nil {
		return nil, nil, err
	}
	limit, lost := threshold(scores, weights, r.references, opt.KnownRecall)
	m.parameters.Threshold = limit
	if !slices.ContainsFunc(members, func(rows []int) bool { return oneGroup(rows, groups) }) {
		r.Lost = &lost
	}
	return m, r, nil
}

// oneGroup reports whether all rows are of one group.
func oneGroup(rows, groups []int) bool {
	if groups == nil {
		return len(rows) == 1
	}
	return !slices.ContainsFunc(rows, func(row int) bool { return groups[row] != groups[rows[0]] })
}

// A reference is a row that represents weight rows of its class.
type reference struct {
	row    int
	weight float64
}

// choose draws as many rows of each class as maxReferences allows: the same
// number of each, or all where a class has fewer.
func choose(members [][]int, rng *rand.Rand) []reference {
	bySize := slices.Clone(members)
	slices.SortStableFunc(bySize, func(a, b []int) int { return cmp.Compare(len(a), len(b)) })
	quota, room := 1, maxReferences
	for i, rows := range bySize {
		quota = max(room/(len(bySize)-i), 1)
		if len(rows) > quota {
			break
		}
		room -= len(rows)
	}
	var chosen []reference
	for _, rows := range members {
		weight := max(float64(len(rows))/float64(quota), 1)
		rng.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		for _, row := range rows[:min(quota, len(rows))] {
			chosen = append(chosen, reference{row, weight})
		}
	}
	return chosen
}

// quantise stores the direction of a row as integers from -127 to 127 and returns
// the factor that scales them to length 1.
func quantise(row []float32, dst []int8) (scale float32) {
	unit := normalised(row).Data
	var top float32
	for _, v := range unit {
		top = max(top, v, -v)
	}
	if top == 0 {
		return 1
	}
	var squares int
	for j, v := range unit {
		dst[j] = int8(math.RoundToEven(127 * float64(v/top)))
		squares += int(dst[j]) * int(dst[j])
	}
	return float32(1 / math.Sqrt(float64(squares)))
}
