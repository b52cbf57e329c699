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
	units  []int // hidden units, in the order of the step
	scaler scaler
	hidden *weights  // of the inputs, the last for the unit's bias
	output *weights  // of the classes
	bias   []float32 // of the classes: is not learnt
	groups []*group
	steps  int
}

func newTrainer(x Matrix, labels []int, classes int, weights []float64, opt Options) *trainer {
	t := &trainer{x: x, labels: labels, weights: weights, opt: opt}
	t.chance = rand.New(rand.NewPCG(opt.Seed, 0))
	t.order, t.held = holdBack(labels, classes, weights, t.chance)
	t.scaler = fitScaler(x, t.order)
	t.hidden = newWeights(opt.Hidden, x.Dim()+1, t.chance)
	t.output = newWeights(opt.Hidden, classes, t.chance)
	t.bias = logShares(labels, classes, weights)
	t.units = make([]int, opt.Hidden)
	for k := range t.units {
		t.units[k] = k
	}
	t.groups = make([]*group, opt.Groups)
	rows := min((opt.BatchSize+opt.Groups-1)/opt.Groups, len(labels))
	for n := range t.groups {
		t.groups[n] = newGroup(rows, x.Dim(), opt.Hidden, classes)
		t.groups[n].inputs.fill(x.Dim(), 1)
	}
	return t
}

// logShares returns the logarithm of each class's share of the weight, one
// image of weight 1 added to each class.
func logShares(labels []int, classes int, weights []float64) []float32 {
	sum := make([]float64, classes)
	for i, label := range labels {
		sum[label] += weights[i]
	}
	logs := make([]float32, classes)
	for c, s := range sum {
		logs[c] = float32(math.Log((s + 1) / float64(len(labels)+classes)))
	}
	return logs
}

// run trains until the loss stops falling and returns the best network met.
func (t *trainer) run(ctx context.Context) (*Network, *Report, error) {
	report := &Report{Status: EpochLimit, HeldBack: len(t.held), Loss: math.Inf(1)}
	var hidden, output []float32 // of the best epoch
	for epoch := 1; epoch <= t.opt.MaxEpochs; epoch++ {
		losses, err := t.epoch(ctx)
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
			hidden = append(hidden[:0], t.hidden.value.values...)
			output = append(output[:0], t.output.value.values...)
		} else if epoch-report.Best >= t.opt.Patience {
			report.Status = Stopped
			break
		}
	}
	return t.network(hidden, output), report, nil
}

// epoch learns once from every row, in a new order, then looks at those held
// back.
func (t *trainer) epoch(ctx context.Context) (Epoch, error) {
	t.chance.Shuffle(len(t.order), func(i, j int) { t.order[i], t.order[j] = t.order[j], t.order[i] })
	training, err := t.pass(ctx, t.order, func(g *group) {
		scale := float32(t.opt.Hidden) / float32(len(g.units))
		t.forward(g, scale)
		t.learn(g, scale, newStride(t.opt, t.steps))
	})
	if err != nil || len(t.held) == 0 {
		return Epoch{Training: training}, err
	}
	held, err := t.pass(ctx, t.held, func(g *group) {
		g.units = t.units
		t.forward(g, 1)
	})
	return Epoch{Training: training, HeldBack: held}, err
}

// pass calls do for groups of rows, all rows in batches of about equal size, and
// returns the weighted mean of the losses that do sets.
func (t *trainer) pass(ctx context.Context, rows []int, do func(*group)) (float64, error) {
	var loss, weight float64
	batches := (len(rows) + t.opt.BatchSize - 1) / t.opt.BatchSize
	for n := range batches {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		batch := part(rows, n, batches)
		t.steps++
		t.chance.Shuffle(len(t.units), func(i, j int) { t.units[i], t.units[j] = t.units[j], t.units[i] })
		t.each(len(t.groups), func(n int) {
			g := t.groups[n]
			g.rows, g.units = part(batch, n, len(t.groups)), part(t.units, n, len(t.groups))
			if len(g.rows) > 0 {
				do(g)
			}
		})
		for _, g := range t.groups {
			for i, row := range g.rows {
				loss += g.losses[i]
				weight += t.weights[row]
			}
		}
	}
	return loss / weight, nil
}

// part is the n-th of so many parts of about equal size.
func part(all []int, n, parts int) []int {
	return all[n*len(all)/parts : (n+1)*len(all)/parts]
}

// each calls task(0), …, task(n-1), at the same time as far as there are
// workers.
func (t *trainer) each(n int, task func(i int)) {
	var next atomic.Int64
	work := func() {
		for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
			task(i)
		}
	}
	var others sync.WaitGroup
	for range min(t.opt.Workers, n) - 1 {
		others.Go(work)
	}
	work()
	others.Wait()
}

// network is what outside of training has the given weights.
func (t *trainer) network(hidden, output []float32) *Network {
	n := &Network{
		Hidden: Dense{t.x.Dim(), t.opt.Hidden, make([]float32, t.opt.Hidden*t.x.Dim()), make([]float32, t.opt.Hidden)},
		Output: Dense{t.opt.Hidden, len(t.bias), make([]float32, len(t.bias)*t.opt.Hidden), t.bias},
	}
	for k := range t.opt.Hidden {
		w := table{t.hidden.value.columns, hidden}.row(k)
		copy(n.Hidden.row(k), w)
		n.Hidden.Bias[k] = w[t.x.Dim()]
		for c, v := range (table{t.output.value.columns, output}).row(k)[:len(t.bias)] {
			n.Output.row(c)[k] = v
		}
	}
	t.scaler.fold(&n.Hidden)
	return n
}
