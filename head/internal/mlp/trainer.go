package mlp

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"sync"
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
	hidden *layer    // joins units with inputs, the last of which is always 1
	output *layer    // joins units with classes
	bias   []float32 // of classes: the logarithms of their shares, not learnt
	groups []*group
	steps  int
}

func newTrainer(x Matrix, labels []int, classes int, weights []float64, opt Options) *trainer {
	t := &trainer{x: x, labels: labels, weights: weights, opt: opt}
	t.chance = rand.New(rand.NewPCG(opt.Seed, 0))
	t.order, t.held = holdBack(labels, classes, weights, t.chance)
	t.units = make([]int, opt.Hidden)
	for k := range t.units {
		t.units[k] = k
	}
	t.scaler = fitScaler(x, t.order)
	t.hidden = newLayer(opt.Hidden, x.Dim()+1)
	t.hidden.draw(x.Dim(), t.chance)
	// The output's weights start at zero: drawn ones are noise that a short
	// training does not get rid of.
	t.output = newLayer(opt.Hidden, classes)
	t.bias = logShares(labels, classes, weights)
	for range opt.Groups {
		rows := min((opt.BatchSize+opt.Groups-1)/opt.Groups, len(labels))
		t.groups = append(t.groups, newGroup(rows, x.Dim(), opt.Hidden, classes))
	}
	return t
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

// run trains until the loss stops falling and returns the best network met.
func (t *trainer) run(ctx context.Context) (*Network, *Report, error) {
	report := &Report{Status: EpochLimit, HeldBack: len(t.held), Loss: math.Inf(1)}
	var best *Network
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
			best = t.network()
		} else if epoch-report.Best >= t.opt.Patience {
			report.Status = Stopped
			break
		}
	}
	t.scaler.fold(&best.Hidden)
	return best, report, nil
}

// network is what standardised rows go through as training stands.
func (t *trainer) network() *Network {
	dim, units, classes := t.x.Dim(), t.opt.Hidden, len(t.bias)
	n := &Network{newDense(dim, units), newDense(units, classes)}
	copy(n.Output.Bias, t.bias)
	for k := range units {
		inputs := t.hidden.value.row(k)
		copy(n.Hidden.row(k), inputs[:dim])
		n.Hidden.Bias[k] = inputs[dim]
		for c := range classes {
			n.Output.row(c)[k] = t.output.value.row(k)[c]
		}
	}
	return n
}

// epoch learns once from every row, in a new order, then looks at those held
// back.
func (t *trainer) epoch(ctx context.Context) (Epoch, error) {
	shuffle(t.order, t.chance)
	training, err := t.pass(ctx, t.order, t.learn)
	if err != nil || len(t.held) == 0 {
		return Epoch{Training: training}, err
	}
	held, err := t.pass(ctx, t.held, t.look)
	return Epoch{Training: training, HeldBack: held}, err
}

// pass calls do for batches of about equal size, and returns the weighted mean
// of the losses that do sets.
func (t *trainer) pass(ctx context.Context, rows []int, do func(batch []int)) (float64, error) {
	var loss, weight float64
	batches := (len(rows) + t.opt.BatchSize - 1) / t.opt.BatchSize
	for n := range batches {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		do(part(rows, n, batches))
		for _, g := range t.groups {
			for i, row := range g.rows {
				loss += g.losses[i]
				weight += t.weights[row]
			}
		}
	}
	return loss / weight, nil
}

// learn deals rows and units to the groups and makes one step.
func (t *trainer) learn(batch []int) {
	t.steps++
	s := newStride(t.opt, t.steps)
	shuffle(t.units, t.chance)
	t.each(func(n int, g *group) {
		g.rows, g.units = part(batch, n, len(t.groups)), part(t.units, n, len(t.groups))
		if len(g.rows) == 0 {
			return
		}
		// As many times as there are units for each of the group's, so that
		// their sum stays the same on average.
		scale := float32(len(t.units)) / float32(len(g.units))
		t.forward(g, scale)
		t.backward(g, scale, s)
	})
}

// look takes rows through all units.
func (t *trainer) look(batch []int) {
	t.each(func(n int, g *group) {
		g.rows, g.units = part(batch, n, len(t.groups)), t.units
		t.forward(g, 1)
	})
}

// each calls task for every group, at the same time as far as there are
// workers.
func (t *trainer) each(task func(n int, g *group)) {
	var running sync.WaitGroup
	workers := min(t.opt.Workers, len(t.groups))
	for first := range workers {
		running.Go(func() {
			for n := first; n < len(t.groups); n += workers {
				task(n, t.groups[n])
			}
		})
	}
	running.Wait()
}

// part is part n of so many of about equal size.
func part(all []int, n, parts int) []int {
	return all[n*len(all)/parts : (n+1)*len(all)/parts]
}

func shuffle(all []int, chance *rand.Rand) {
	chance.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
}
