package mlp

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"

	"github.com/digitalinnovationone/headstart/internal/matrix"
)

// ErrNotFinite says that training diverged.
var ErrNotFinite = errors.New("the loss is not finite: embeddings are too large")

// A Trainer holds everything that one fit works with.
type Trainer struct {
	x       matrix.Float32
	labels  []int
	weights []float64 // their mean is 1
	opt     Options
	rng     *rand.Rand

	order  []int // rows that have a weight, in the order of the epoch
	scaler scaler
	hidden *layer    // connects units with inputs, the last of which is always 1
	output *layer    // connects units with classes
	bias   []float32 // of classes: the logarithms of their shares, not learnt
	batch  *batch
	steps  int
	epochs int
	loss   float64 // of the last epoch
}

// New prepares to train a network on the rows of x. labels holds a class, 0 to
// classes-1, for each row; weights says how much each counts, relative to the
// others, and nil means that all count alike. None of them is changed, nor checked:
// rows are finite, and weights 0 or more with a positive sum. Its error is that of
// ctx.
func New(ctx context.Context, x matrix.Float32, labels []int, classes int, weights []float64, opt Options) (*Trainer, error) {
	opt.complete()
	weights = normalise(weights, len(labels))
	t := &Trainer{x: x, labels: labels, weights: weights, opt: opt}
	t.rng = rand.New(rand.NewPCG(opt.Seed, 0))
	for row, weight := range weights {
		if weight > 0 {
			t.order = append(t.order, row)
		}
	}
	t.scaler = fitScaler(ctx, x, t.order)
	t.hidden = newLayer(opt.Hidden, x.Dim()+1)
	t.hidden.draw(x.Dim(), t.rng)
	// The output's weights start at zero: drawn ones are noise that a short
	// training does not get rid of.
	t.output = newLayer(opt.Hidden, classes)
	t.bias = logShares(labels, classes, weights)
	t.batch = newBatch(min(opt.BatchSize, len(labels)), x.Dim(), opt.Hidden, classes)
	return t, ctx.Err()
}

// normalise returns n weights whose mean is 1, in the proportions given.
func normalise(weights []float64, n int) []float64 {
	normal := make([]float64, n)
	if weights == nil {
		floats.AddConst(1, normal)
		return normal
	}
	var sum float64
	for _, w := range weights {
		sum += w
	}
	for i, w := range weights {
		normal[i] = w / sum * float64(n)
	}
	return normal
}

// logShares returns the logarithm of each class's share of the weight, after
// one image of weight 1 was added to each class.
func logShares(labels []int, classes int, weights []float64) []float32 {
	sums := make([]float64, classes)
	for i, label := range labels {
		sums[label] += weights[i]
	}
	shares := make([]float32, classes)
	for c, sum := range sums {
		shares[c] = float32(math.Log((sum + 1) / float64(len(labels)+classes)))
	}
	return shares
}

// Train goes on until so many epochs are done in all, each a pass over all rows in
// a new order, and returns the weighted mean cross-entropy, natural logarithm, during
// the last, with dropout. Its errors are those of ctx and ErrNotFinite.
func (t *Trainer) Train(ctx context.Context, epochs int) (loss float64, err error) {
	for ; t.epochs < epochs; t.epochs++ {
		shuffle(t.order, t.rng)
		if t.loss, err = t.epoch(ctx); err != nil {
			return 0, err
		}
		if math.IsNaN(t.loss) || math.IsInf(t.loss, 0) {
			return 0, ErrNotFinite
		}
	}
	return t.loss, nil
}

// Network returns the network as it is now.
func (t *Trainer) Network() *Network {
	dim, units, classes := t.x.Dim(), t.opt.Hidden, len(t.bias)
	n := &Network{newDense(dim, units), newDense(units, classes)}
	copy(n.Output.Bias, t.bias)
	for k := range units {
		inputs := t.hidden.value.Row(k)
		copy(n.Hidden.row(k), inputs[:dim])
		n.Hidden.Bias[k] = inputs[dim]
		for c := range classes {
			n.Output.row(c)[k] = t.output.value.Row(k)[c]
		}
	}
	t.scaler.fold(&n.Hidden)
	return n
}

// epoch learns from batches of about equal size.
func (t *Trainer) epoch(ctx context.Context) (float64, error) {
	var loss, weight float64
	batches := (len(t.order) + t.opt.BatchSize - 1) / t.opt.BatchSize
	for n := range batches {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		t.learn(t.order[n*len(t.order)/batches : (n+1)*len(t.order)/batches])
		for i, row := range t.batch.rows {
			loss += t.batch.losses[i]
			weight += t.weights[row]
		}
	}
	return loss / weight, nil
}

// learn makes one step.
func (t *Trainer) learn(rows []int) {
	t.steps++
	t.batch.rows = rows
	t.forward()
	t.backward(newAdamStep(t.opt, t.steps))
}

func shuffle(all []int, rng *rand.Rand) {
	rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
}
