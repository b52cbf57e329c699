package mlp

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"sync/atomic"
)

// A trainer holds all that one fit works with.
type trainer struct {
	x       Matrix
	labels  []int
	weights []float64
	opt     Options
	scaler  scaler
	hidden  *layer
	output  *layer
	adam    adam
	batch   *batch
	order   []int // training rows, in the order of the epoch
	held    []int // rows that tell when to stop
	chance  *rand.Rand
}

// Fit trains a network on the rows of x. labels holds a class, 0 to classes-1,
// for each row; weights says how much each counts, and nil that all count
// alike. It returns the error of ctx soon after ctx is done.
func Fit(ctx context.Context, x Matrix, labels []int, classes int, weights []float64, opt Options) (*Network, *Report, error) {
	if err := opt.complete(); err != nil {
		return nil, nil, err
	}
	weights, err := check(x, labels, classes, weights)
	if err != nil {
		return nil, nil, err
	}
	t := newTrainer(x, labels, classes, weights, opt)
	return t.run(ctx)
}

func check(x Matrix, labels []int, classes int, weights []float64) ([]float64, error) {
	switch {
	case x.Len() != len(labels):
		return nil, fmt.Errorf("there are %d embeddings and %d labels", x.Len(), len(labels))
	case len(labels) == 0:
		return nil, errors.New("there are no embeddings")
	case weights != nil && len(weights) != len(labels):
		return nil, fmt.Errorf("there are %d embeddings and %d weights", len(labels), len(weights))
	}
	for i, label := range labels {
		if label < 0 || label >= classes {
			return nil, fmt.Errorf("label %d of embedding %d is none of the %d classes", label, i, classes)
		}
	}
	even := make([]float64, len(labels))
	var sum float64
	for i := range even {
		even[i] = 1
		if weights != nil {
			even[i] = weights[i]
		}
		if !(even[i] >= 0) {
			return nil, fmt.Errorf("bad weight %v of embedding %d", even[i], i)
		}
		sum += even[i]
	}
	if !(sum > 0 && sum <= math.MaxFloat64) {
		return nil, fmt.Errorf("weights add up to %v", sum)
	}
	for i := range even {
		even[i] *= float64(len(even)) / sum
	}
	return even, nil
}

func newTrainer(x Matrix, labels []int, classes int, weights []float64, opt Options) *trainer {
	chance := rand.New(rand.NewPCG(opt.Seed, 0))
	t := &trainer{x: x, labels: labels, weights: weights, opt: opt, chance: chance}
	t.order, t.held = holdBack(labels, classes, chance)
	t.scaler = fitScaler(x, t.order)
	t.hidden = newLayer(x.Dim(), opt.Hidden, chance)
	t.output = newLayer(opt.Hidden, classes, chance)
	t.adam = adam{learningRate: opt.LearningRate, weightDecay: opt.WeightDecay}
	t.batch = newBatch(min(opt.BatchSize, len(t.order)), x.Dim(), opt.Hidden, classes)
	return t
}

func (t *trainer) run(ctx context.Context) (*Network, *Report, error) {
	report := &Report{Status: EpochLimit, HeldBack: len(t.held), Loss: math.Inf(1)}
	best := new(Network)
	for epoch := 1; epoch <= t.opt.MaxEpochs; epoch++ {
		e, err := t.epoch(ctx, epoch)
		if err != nil {
			return nil, nil, err
		}
		report.History = append(report.History, e)
		loss := e.HeldBack
		if len(t.held) == 0 {
			loss = e.Training
		}
		if math.IsNaN(loss) {
			return nil, nil, errors.New("embeddings are too large for float32 arithmetic")
		}
		if loss < report.Loss {
			report.Best, report.Loss = epoch, loss
			t.hidden.save(&best.Hidden)
			t.output.save(&best.Output)
		} else if epoch-report.Best >= t.opt.Patience {
			report.Status = Stopped
			break
		}
	}
	t.scaler.fold(&best.Hidden)
	return best, report, nil
}

// epoch makes one pass over the training rows in a new order.
func (t *trainer) epoch(ctx context.Context, epoch int) (Epoch, error) {
	t.chance.Shuffle(len(t.order), func(i, j int) { t.order[i], t.order[j] = t.order[j], t.order[i] })
	training, err := t.pass(ctx, t.order, epoch)
	if err != nil || len(t.held) == 0 {
		return Epoch{Training: training}, err
	}
	held, err := t.pass(ctx, t.held, 0)
	return Epoch{training, held}, err
}

// pass takes rows through the network in batches of about equal size and
// returns their mean loss. Unless epoch is 0 it learns from them.
func (t *trainer) pass(ctx context.Context, rows []int, epoch int) (float64, error) {
	var loss, weight float64
	batches := (len(rows) + t.opt.BatchSize - 1) / t.opt.BatchSize
	for i := range batches {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		b := t.batch
		b.rows = rows[i*len(rows)/batches : (i+1)*len(rows)/batches]
		t.each(len(b.rows), blockRows, func(first, end int) { t.forward(b, first, end, epoch) })
		if epoch > 0 {
			t.learn(b)
		}
		for j, row := range b.rows {
			loss += b.losses[j]
			weight += t.weights[row]
		}
	}
	return loss / weight, nil
}

// learn makes one step of Adam.
func (t *trainer) learn(b *batch) {
	t.adam.steps++
	t.each(t.hidden.out, blockUnits, func(first, end int) {
		t.hiddenGradient(b, first, end)
		t.hidden.move(first, end, &t.adam)
	})
	for c := range t.output.out {
		t.outputGradient(b, c)
	}
	t.output.move(0, t.output.out, &t.adam)
}

// each calls task for consecutive ranges of 0, …, n-1, at the same time as far
// as there are workers.
func (t *trainer) each(n, size int, task func(first, end int)) {
	var next atomic.Int64
	work := func() {
		for {
			end := int(next.Add(int64(size)))
			if end-size >= n {
				return
			}
			task(end-size, min(end, n))
		}
	}
	var others sync.WaitGroup
	for range min(t.opt.Workers, (n+size-1)/size) - 1 {
		others.Go(work)
	}
	work()
	others.Wait()
}
