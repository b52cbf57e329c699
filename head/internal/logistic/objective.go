package logistic

import (
	"math"

	"gonum.org/v1/gonum/floats"

	"github.com/digitalinnovationone/headstart/head/internal/softmax"
)

// An objective is what a fit minimises, that of scikit-learn's
// LogisticRegression(C):
//
//	C · Σ weight · loss(W·z + b, label) + ½‖W‖²
//
// where z is a row as the scaler transforms it, and b is not penalised. Two
// classes have a single row in W, the log-odds of class 1; more have one each.
//
// Parameters, and gradients, are W row by row, then b.
type objective struct {
	linearModel
	trainer *Trainer
	c       float64
	mass    float64 // Σ weight
	loss    func(logits []float64, label int) float64
	offsets []float64
	losses  []float64 // of each row

	// Of the last evaluation:
	lossSum     float64
	residualSum []float64
	curvature   []float64 // Σ weight · p·(1-p) of each output
}

// newObjective learns from all rows but those of one part.
func newObjective(t *Trainer, c float64, without int) *objective {
	o := &objective{
		linearModel: newLinearModel(outputs(t.problem.Classes), t.problem.X.Dim(), without),
		trainer:     t,
		c:           c,
		loss:        softmax.Loss,
		losses:      make([]float64, t.problem.X.Len()),
		residualSum: make([]float64, outputs(t.problem.Classes)),
		curvature:   make([]float64, outputs(t.problem.Classes)),
		offsets:     make([]float64, outputs(t.problem.Classes)),
	}
	if o.outputs == 1 {
		o.loss = softmax.BinaryLoss
	}
	o.linearModel.residuals = o.residuals
	o.linearModel.tally = o.tally
	return o
}

func outputs(classes int) int {
	if classes == 2 {
		return 1
	}
	return classes
}

// size is the number of parameters.
func (o *objective) size() int { return o.outputs * (o.dim + 1) }

// split cuts parameters, or their gradient, into W and b.
func (o *objective) split(params []float64) (w, b []float64) {
	return params[:o.outputs*o.dim], params[o.outputs*o.dim:]
}

// prepare sets params as the point that the next pass evaluates.
func (o *objective) prepare(params []float64) {
	w, b := o.split(params)
	o.trainer.scaler.fold(w, b, o.weights, o.offsets)
	o.lossSum, o.mass = 0, 0
	clear(o.residualSum)
	clear(o.curvature)
}

func (o *objective) residuals(row int, logits []float64) {
	factor, weight := o.trainer.scaler.rowFactor(row), o.trainer.problem.weight(row)
	for k := range logits {
		logits[k] = logits[k]*factor + o.offsets[k]
	}
	o.losses[row] = weight * o.loss(logits, o.trainer.problem.Labels[row])
	floats.Scale(weight*factor, logits)
}

func (o *objective) tally(row int, residuals []float64) {
	factor, weight := o.trainer.scaler.rowFactor(row), o.trainer.problem.weight(row)
	o.lossSum += o.losses[row]
	o.mass += weight
	for k, v := range residuals {
		v /= factor
		o.residualSum[k] += v
		v = math.Abs(v)
		o.curvature[k] += v * (1 - v/weight) // |residual| is p or 1-p
	}
}

// value returns the objective at the params that the last pass was prepared
// for, and stores its gradient.
func (o *objective) value(params, gradient []float64) float64 {
	w, _ := o.split(params)
	byWeight, byOffset := o.split(gradient)
	o.trainer.scaler.unfold(o.sums, o.residualSum, byWeight)
	copy(byOffset, o.residualSum)
	floats.Scale(o.c, gradient)
	floats.Add(byWeight, w)
	return o.c*o.lossSum + floats.Dot(w, w)/2
}
