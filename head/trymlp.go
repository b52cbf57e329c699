package head

import (
	"context"
	"math"

	"golang.org/x/sync/errgroup"

	"github.com/digitalinnovationone/headstart/head/internal/mlp"
	"github.com/digitalinnovationone/headstart/internal/matrix"
)

// epochGrid are the numbers of epochs that are tried. Once two in a row are not
// noticeably better than one before, larger ones are not. A dozen images take hundreds,
// each of which is one step.
var epochGrid = []int{1, 2, 4, 8, 16, 32, 64, 128, 256, 512}

const (
	// defaultEpochs is taken where nothing can be cross-validated: there are few
	// images, and an epoch is a step or two.
	defaultEpochs = 32
	// noHope is how many numbers of epochs in a row may fail to lower the log-loss by
	// the share noticeably.
	noHope     = 2
	noticeably = 0.01
)

// tryMLP chooses the number of epochs as tryLogistic chooses C: the folds are trained
// side by side, and their held-out rows judge. So all images are learnt from, and none
// is held out to decide when to stop, which few images a class do not allow.
func (p *problem) tryMLP(ctx context.Context, v view) (*trial, error) {
	t := &trial{kind: MLP, view: v, unit: true}
	epochs, enough, err := p.crossValidateEpochs(ctx, t)
	if err != nil {
		return nil, err
	}
	t.fit = func(ctx context.Context, training *Training) ([]dense, error) {
		trainer, err := p.newMLP(ctx, v, nil)
		if err != nil {
			return nil, err
		}
		loss, err := trainer.Train(ctx, epochs)
		if err != nil {
			return nil, err
		}
		training.Hidden = p.opt.Hidden
		training.Solver = Solver{Status: IterationLimit, Iterations: epochs, Objective: loss}
		if enough {
			training.Solver.Status = Converged
		}
		return layersOf(trainer.Network()), nil
	}
	return t, nil
}

// crossValidateEpochs sets the trial's logits. It returns the best number of epochs,
// and whether more hardly help.
func (p *problem) crossValidateEpochs(ctx context.Context, t *trial) (best int, enough bool, err error) {
	if p.folds == nil {
		return defaultEpochs, true, nil
	}
	trainers := make([]*mlp.Trainer, len(p.folds))
	for fold, held := range p.folds {
		if trainers[fold], err = p.newMLP(ctx, t.view, held); err != nil {
			return 0, false, err
		}
	}
	judge, lowest, since := p.judge(), math.Inf(1), 0
	lowestOf := make([]float64, p.parts)
	for _, epochs := range epochGrid {
		var folds errgroup.Group
		var faults matrix.Faults
		folds.SetLimit(p.opt.Workers)
		for _, trainer := range trainers {
			folds.Go(func() (err error) {
				faults.Run(func() { _, err = trainer.Train(ctx, epochs) })
				return err
			})
		}
		err := folds.Wait()
		faults.Rethrow()
		if err != nil {
			return 0, false, err
		}
		logits := make([][]float32, len(p.labels))
		for fold, held := range p.folds {
			h := &Head{layers: layersOf(trainers[fold].Network()), unit: t.unit, temperature: 1}
			if err := p.answer(ctx, h, t.view.matrix(), held, logits); err != nil {
				return 0, false, err
			}
		}
		loss, byPart, err := judge(ctx, logits)
		if err != nil {
			return 0, false, err
		}
		if math.IsNaN(loss) {
			return 0, false, mlp.ErrNotFinite
		}
		scorable := p.scorableOf(logits)
		if t.byPart == nil {
			t.byPart = make([][][]float32, p.parts)
		}
		for part, loss := range byPart {
			if t.byPart[part] == nil || loss < lowestOf[part] {
				lowestOf[part], t.byPart[part] = loss, scorable
			}
		}
		if since++; loss < (1-noticeably)*lowest {
			since = 0
		}
		if loss < lowest {
			lowest, best, t.logits = loss, epochs, scorable
		}
		if since == noHope {
			break
		}
	}
	return best, since > 0, nil
}

// newMLP prepares to train on the rows that are not held out.
func (p *problem) newMLP(ctx context.Context, v view, held []int) (*mlp.Trainer, error) {
	rows := p.weighted(held)
	labels := make([]int, len(rows))
	var weights []float64
	for i, row := range rows {
		labels[i] = p.labels[row]
		if p.opt.Weights != nil {
			weights = append(weights, p.opt.Weights[row])
		}
	}
	opt := mlp.Options{Hidden: p.opt.Hidden, Seed: p.opt.Seed}
	return mlp.New(ctx, matrix.Selection{Float32: v.matrix(), Rows: rows}, labels, p.classes, weights, opt)
}

func layersOf(n *mlp.Network) []dense {
	return []dense{
		{n.Hidden.In, n.Hidden.Weight, n.Hidden.Bias},
		{n.Output.In, n.Output.Weight, n.Output.Bias},
	}
}
