package mlp

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"sync"
	"sync/atomic"
)

// A trainer holds all that one fit works with.
type trainer struct {
	x       Matrix
	labels  []int
	weights []float64 // their mean is 1
	opt     Options
	chance  *rand.Rand

	order  []int // rows to learn from, in the order of the epoch
	held   []int // rows that tell when to stop
	scaler scaler
	hidden *layer
	output *layer
	batch  *batch
	steps  int
}

func newTrainer(x Matrix, labels []int, classes int, weights []float64, opt Options) *trainer {
	t := &trainer{x: x, labels: labels, weights: weights, opt: opt}
	t.chance = rand.New(rand.NewPCG(opt.Seed, 0))
	t.order, t.held = holdBack(labels, classes, weights, t.chance)
	t.scaler = fitScaler(x, t.order)
	t.hidden = newLayer(x.Dim(), opt.Hidden, t.chance)
	t.output = newLayer(opt.Hidden, classes, t.chance)
	t.batch = newBatch(min(opt.BatchSize, len(labels)), x.Dim(), opt.Hidden, classes)
	return t
}

// run trains until the loss stops falling and returns the best network met.
func (t *trainer) run(ctx context.Context) (*Network, *Report, error) {
	report := &Report{Status: EpochLimit, HeldBack: len(t.held), Loss: math.Inf(1)}
	best := new(Network)
	for epoch := 1; epoch <= t.opt.MaxEpochs; epoch++ {
		losses, err := t.epoch(ctx, epoch)
		if err != nil {
			return nil, nil, err
		}
		report.History = append(report.History, losses)
		loss := losses.HeldBack
		if len(t.held) == 0 {
			loss = losses.Training
		}
		if math.IsNaN(loss) || math.IsInf(loss, 0) {
			return nil, nil, errors.New("the loss is not finite: embeddings or the learning rate are too large")
		}
		if loss < report.Loss {
			report.Best, report.Loss = epoch, loss
			t.hidden.copyTo(&best.Hidden)
			t.output.copyTo(&best.Output)
		} else if epoch-report.Best >= t.opt.Patience {
			report.Status = Stopped
			break
		}
	}
	t.scaler.fold(&best.Hidden)
	return best, report, nil
}

// epoch learns once from every row, in a new order, then looks at those held
// back.
func (t *trainer) epoch(ctx context.Context, epoch int) (Epoch, error) {
	t.chance.Shuffle(len(t.order), func(i, j int) { t.order[i], t.order[j] = t.order[j], t.order[i] })
	training, err := t.pass(ctx, t.order, func(b *batch) { t.learn(b, epoch) })
	if err != nil || len(t.held) == 0 {
		return Epoch{Training: training}, err
	}
	held, err := t.pass(ctx, t.held, t.look)
	return Epoch{Training: training, HeldBack: held}, err
}

// pass calls do for batches of about equal size, which sets their losses, and
// returns the weighted mean loss of all rows.
func (t *trainer) pass(ctx context.Context, rows []int, do func(*batch)) (float64, error) {
	var loss, weight float64
	batches := (len(rows) + t.opt.BatchSize - 1) / t.opt.BatchSize
	for n := range batches {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		t.batch.rows = rows[n*len(rows)/batches : (n+1)*len(rows)/batches]
		do(t.batch)
		for i, row := range t.batch.rows {
			loss += t.batch.losses[i]
			weight += t.weights[row]
		}
	}
	return loss / weight, nil
}

// look sets the losses of a batch.
func (t *trainer) look(b *batch) {
	t.each(len(b.rows), blockRows, func(first, end int) {
		for i := first; i < end; i++ {
			keepAll(b.kept.row(i))
		}
		t.forward(b, first, end)
		for i := first; i < end; i++ {
			t.judge(b, i)
		}
	})
}

// learn sets the losses of a batch and makes one step.
func (t *trainer) learn(b *batch, epoch int) {
	t.each(len(b.rows), blockRows, func(first, end int) {
		for i := first; i < end; i++ {
			drawKept(b.kept.row(i), t.opt, b.rows[i], epoch)
		}
		t.forward(b, first, end)
		for i := first; i < end; i++ {
			t.judge(b, i)
			t.backward(b, i)
		}
	})
	t.steps++
	stride := newStride(t.opt, t.steps)
	t.learnLayer(t.hidden, b.inputs, b.blame, stride)
	t.learnLayer(t.output, b.hidden, b.errors, stride)
}

func (t *trainer) learnLayer(l *layer, inputs, derivatives table, s stride) {
	t.each(l.out, blockUnits, func(first, end int) {
		l.addGradient(len(t.batch.rows), inputs, derivatives, first, end)
		for k := first; k < end; k++ {
			l.step(k, s)
		}
	})
}

// each calls task for ranges of size numbers, or fewer, that make up 0, …, n-1,
// at the same time as far as there are workers.
func (t *trainer) each(n, size int, task func(first, end int)) {
	var next atomic.Int64
	work := func() {
		for {
			first := int(next.Add(int64(size))) - size
			if first >= n {
				return
			}
			task(first, min(first+size, n))
		}
	}
	var others sync.WaitGroup
	for range min(t.opt.Workers, (n+size-1)/size) - 1 {
		others.Go(work)
	}
	work()
	others.Wait()
}
