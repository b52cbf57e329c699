package head

import (
	"context"
	"fmt"
	"math"
)

// Block is a run of columns of the embeddings: the features of one layer of the
// backbone.
type Block struct {
	Name string `json:"name"`
	Dim  int    `json:"dim"`
}

// BlockWeight is a block that a head uses, and what its features are multiplied by
// after the mean variance of the block, or of each feature, is made 1.
type BlockWeight struct {
	Block
	Weight float64 `json:"weight"`
}

// Input is one matrix of embeddings that a head may be fitted to.
type Input struct {
	Name string // for the report
	X    Matrix
	// Blocks are the columns of X in order, earlier layers first and the last block,
	// which every head uses, at the end; nil is one block.
	Blocks []Block
	// Cost is that of an embedding, in any unit. Of inputs that are as good but for
	// chance, the cheapest is taken.
	Cost float64
}

func (i Input) check() error {
	if i.Blocks == nil {
		return nil
	}
	var dim int
	for _, b := range i.Blocks {
		if b.Dim < 1 {
			return fmt.Errorf("block %q has %d values", b.Name, b.Dim)
		}
		dim += b.Dim
	}
	if dim != i.X.Dim() {
		return fmt.Errorf("there are blocks of %d values and embeddings of %d", dim, i.X.Dim())
	}
	return nil
}

// last is the number of values of the last block.
func (i Input) last() int {
	if len(i.Blocks) == 0 {
		return i.X.Dim()
	}
	return i.Blocks[len(i.Blocks)-1].Dim
}

// trailing is the last columns of a matrix.
type trailing struct {
	Matrix
	from int
}

func (t trailing) Dim() int            { return t.Matrix.Dim() - t.from }
func (t trailing) Row(i int) []float32 { return t.Matrix.Row(i)[t.from:] }

// lastColumns returns so many of the last columns of x.
func lastColumns(x Matrix, dim int) Matrix {
	if dim == x.Dim() {
		return x
	}
	return trailing{x, x.Dim() - dim}
}

// A view is an input as a trial sees it: the last block alone, or all blocks, the
// earlier ones weighted.
type view struct {
	*measured
	weight float64 // of earlier blocks; 0: they are left out
}

// whole reports whether the view is of one block, which is not scaled.
func (v view) whole() bool { return v.weight == 0 }

func (v view) matrix() Matrix {
	if v.whole() {
		return lastColumns(v.X, v.last())
	}
	return v.X
}

// used are the blocks of the view; nil where the input does not name any.
func (v view) used() []BlockWeight {
	if v.Blocks == nil {
		return nil
	}
	last := len(v.Blocks) - 1
	var used []BlockWeight
	if !v.whole() {
		for _, b := range v.Blocks[:last] {
			used = append(used, BlockWeight{b, v.weight})
		}
	}
	return append(used, BlockWeight{v.Blocks[last], 1})
}

// scale is what the columns of the view are multiplied by, before they are made of
// length 1 or after they are standardised; nil for 1.
func (v view) scale(unit bool) []float64 {
	if v.whole() {
		return nil
	}
	scale := make([]float64, v.X.Dim())
	earlier := v.X.Dim() - v.last()
	for j := range scale {
		scale[j] = 1
		if j < earlier {
			scale[j] = v.weight
		}
		if unit {
			scale[j] *= v.block[j]
		}
	}
	return scale
}

// measured is an input and what is known of its columns.
type measured struct {
	Input
	mean    []float64
	feature []float64 // makes the variance of each feature 1; 0 for one that does not vary
	block   []float64 // makes the mean variance of each feature's block 1
	grams   grams
}

// measure reads the rows that count. The variances say nothing about labels. Its
// error is that of ctx.
func (p *problem) measure(ctx context.Context, input Input) (*measured, error) {
	dim := input.X.Dim()
	m := &measured{Input: input, mean: make([]float64, dim), feature: make([]float64, dim), block: make([]float64, dim)}
	variance := make([]float64, dim)
	for pass := range 2 {
		rows := 0.0
		for i := range input.X.Len() {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if p.counts(i) == 0 {
				continue
			}
			rows++
			for j, v := range input.X.Row(i) {
				switch d := float64(v) - m.mean[j]; pass {
				case 0:
					variance[j] += d // the mean's sum, for now
				default:
					variance[j] += d * d
				}
			}
		}
		for j := range variance {
			variance[j] /= rows
		}
		if pass == 0 {
			copy(m.mean, variance)
			clear(variance)
		}
	}
	const rounding = 1e-14 // of a square
	for j, v := range variance {
		if v > rounding*m.mean[j]*m.mean[j] {
			m.feature[j] = 1 / math.Sqrt(v)
		}
	}
	blocks := input.Blocks
	if blocks == nil {
		blocks = []Block{{Dim: dim}}
	}
	for from, at := 0, 0; at < len(blocks); at++ {
		to := from + blocks[at].Dim
		var sum float64
		for _, v := range variance[from:to] {
			sum += v
		}
		factor := 1.0 // of a block that does not vary
		if sum > 0 {
			factor = 1 / math.Sqrt(sum/float64(to-from))
		}
		for j := from; j < to; j++ {
			m.block[j] = factor
		}
		from = to
	}
	return m, nil
}
