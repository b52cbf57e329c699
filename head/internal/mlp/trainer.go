package mlp

import (
	"context"
	"math"
	"math/rand/v2"
	"sync"

	"github.com/digitalinnovationone/headstart/internal/matrix"
)

// A trainer holds everything that one fit works with.
type trainer struct {
	x       matrix.Float32
	labels  []int
	weights []float64 // their mean is 1
	opt     Options
	rng     *rand.Rand

	order      []int // training rows, in the order of the epoch
	validation []int // rows that decide when to stop
	units      []int // hidden units, in the order of the step
	scaler     scaler
	hidden     *layer    // connects units with inputs, the last of which is always 1
	output     *layer    // connects units with classes
	bias       []float32 // of classes: the logarithms of their shares, not learnt
	groups     []*group
	steps      int
}

// newTrainer standardises by the training rows. Its error is that of ctx.
func newTrainer(ctx context.Context, x matrix.Float32, labels []int, classes int, weights []float64, opt Options) (*trainer, error) {
	t := &trainer{x: x, labels: labels, weights: weights, opt: opt}
	t.rng = rand.New(rand.NewPCG(opt.Seed, 0))
	t.order, t.validation = validationSplit(labels, opt.RowGroups, classes, weights, t.rng)
	t.units = make([]int, opt.Hidden)
	for k := range t.units {
		t.units[k] = k
	}
	t.scaler = fitScaler(ctx, x, t.order)
	t.hidden = newLayer(opt.Hidden, x.Dim()+1)
	t.hidden.draw(x.Dim(), t.rng)
	// The output's weights start at zero: drawn ones are noise that a short
	// training does not get rid of.
	t.output = newLayer(opt.Hidden, classes)
	t.bias = logShares(labels, classes, weights)
	for range opt.Groups {
		rows := min((opt.BatchSize+opt.Groups-1)/opt.Groups, len(labels))
		t.groups = append(t.groups, newGroup(rows, x.Dim(), opt.Hidden, classes))
	}
	return t, ctx.Err()
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

// run trains until the loss stops falling and returns the best network.
func (t *trainer) run(ctx context.Context) (*Network, *Report, error) {
	report := &Report{Status: EpochLimit, Validation: len(t.validation), Loss: math.Inf(1)}
	var best *Network
	for epoch := 1; epoch <= t.opt.MaxEpochs; epoch++ {
		losses, err := t.epoch(ctx)
		if err != nil {
			return nil, nil, err
		}
		report.History = append(report.History, losses)
		loss := losses.Validation
		if len(t.validation) == 0 {
			loss = losses.Training
		}
		if math.IsNaN(loss) || math.IsInf(loss, 0) {
			return nil, nil, ErrNotFinite
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

// network returns the current network, which takes standardised rows.
func (t *trainer) network() *Network {
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
	return n
}

// epoch learns once from every training row, in a new order, then evaluates
// those held out.
func (t *trainer) epoch(ctx context.Context) (Epoch, error) {
	shuffle(t.order, t.rng)
	training, err := t.pass(ctx, t.order, t.learn)
	if err != nil || len(t.validation) == 0 {
		return Epoch{Training: training}, err
	}
	validation, err := t.pass(ctx, t.validation, t.evaluate)
	return Epoch{Training: training, Validation: validation}, err
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
	s := newAdamStep(t.opt, t.steps)
	shuffle(t.units, t.rng)
	t.each(func(n int, g *group) {
		g.rows, g.units = part(batch, n, len(t.groups)), part(t.units, n, len(t.groups))
		if len(g.rows) == 0 {
			return
		}
		// Scaled by how many times fewer units the group has, so that their sum
		// stays the same on average.
		scale := float32(len(t.units)) / float32(len(g.units))
		t.forward(g, scale)
		t.backward(g, scale, s)
	})
}

// evaluate computes the losses of rows that go through all units.
func (t *trainer) evaluate(batch []int) {
	t.each(func(n int, g *group) {
		g.rows, g.units = part(batch, n, len(t.groups)), t.units
		t.forward(g, 1)
	})
}

// each calls task for every group, as many at a time as there are workers.
func (t *trainer) each(task func(n int, g *group)) {
	var running sync.WaitGroup
	var faults matrix.Faults
	workers := min(t.opt.Workers, len(t.groups))
	for first := range workers {
		running.Go(func() {
			for n := first; n < len(t.groups); n += workers {
				faults.Run(func() { task(n, t.groups[n]) })
			}
		})
	}
	running.Wait()
	faults.Rethrow()
}

// part is part n of so many of about equal size.
func part(all []int, n, parts int) []int {
	return all[n*len(all)/parts : (n+1)*len(all)/parts]
}

func shuffle(all []int, rng *rand.Rand) {
	rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
}
