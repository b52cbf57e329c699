package logistic

import (
	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/floats"
)

// An objective is what a fit minimises, that of scikit-learn's
// LogisticRegression(C):
//
//	C · Σ loss(W·z + b, label) + ½‖W‖²
//
// where z is a row standardised by the scaler, and b is not penalised. Two
// classes have a single row in W, the log-odds of class 1; more have one each.
//
// Products are float32, sums over rows float64. Rows are cut into chunks and
// blocks whose bounds depend on the shape of the problem alone, and sums are
// added up in their order, so that the number of workers changes no bit of the
// result.
type objective struct {
	x       Matrix
	rows    []int // the rows of x to learn from
	labels  []int // one per row of x
	c       float64
	outputs int // rows of W
	loss    func(logits []float64, label int) float64

	scaler  scaler
	weights []float32 // W / scale
	offsets []float64 // b − W·mean / scale
	chunks  []chunk
	team    team
}

func newObjective(x Matrix, rows, labels []int, classes int, t team) *objective {
	o := &objective{
		x: x, rows: rows, labels: labels, team: t,
		outputs: classes,
		loss:    softmaxLoss,
		scaler:  fitScaler(x, rows),
	}
	if classes == 2 {
		o.outputs, o.loss = 1, binaryLoss
	}
	o.weights = alignedFloats(o.outputs * x.Dim())
	o.offsets = make([]float64, o.outputs)
	o.chunks = newChunks(rows, o.outputs, x.Dim())
	return o
}

// alignedFloats returns n zeros at an address divisible by 16. Go may place
// less than 32 bytes anywhere, and gonum's dot product adds up in another order
// where its second vector is not aligned.
func alignedFloats(n int) []float32 {
	return make([]float32, n, max(n, 8))
}

// size is the number of parameters: W row by row, then b.
func (o *objective) size() int { return o.outputs * (o.x.Dim() + 1) }

// split cuts parameters, or their gradient, into W and b.
func (o *objective) split(params []float64) (w, b []float64) {
	weights := o.outputs * o.x.Dim()
	return params[:weights], params[weights:]
}

// evaluate returns the objective at params and stores its gradient there.
func (o *objective) evaluate(params, gradient []float64) float64 {
	o.fold(params)
	o.team.each(len(o.chunks), func(i int) { o.chunks[i].evaluate(o) })

	clear(gradient)
	var loss float64
	for _, chunk := range o.chunks {
		loss += chunk.loss
		floats.Add(gradient, chunk.gradient)
	}
	floats.Scale(o.c, gradient)
	w, _ := o.split(params)
	byWeight, byOffset := o.split(gradient)
	dim := o.x.Dim()
	for k, sum := range byOffset {
		g := byWeight[k*dim : (k+1)*dim]
		for j := range g {
			// From rows as they are stored to standardised ones.
			g[j] = (g[j] - sum*o.scaler.mean[j]) / o.scaler.scale[j]
		}
	}
	floats.Add(byWeight, w)
	return o.c*loss + floats.Dot(w, w)/2
}

// fold sets the weights and offsets that take stored rows to logits.
func (o *objective) fold(params []float64) {
	w, b := o.split(params)
	dim := o.x.Dim()
	for k := range o.outputs {
		o.offsets[k] = b[k]
		for j := range dim {
			v := float32(w[k*dim+j] / o.scaler.scale[j])
			o.weights[k*dim+j] = v
			// By the rounded weight: otherwise its rounding error would be
			// multiplied by the mean.
			o.offsets[k] -= float64(v) * o.scaler.mean[j]
		}
	}
}

// logits stores W·z + b of a stored row, by the parameters last folded.
func (o *objective) logits(row []float32, dst []float64) {
	dim := len(row)
	x := blas32.Vector{N: dim, Inc: 1, Data: row}
	for k := range dst {
		w := blas32.Vector{N: dim, Inc: 1, Data: o.weights[k*dim : (k+1)*dim]}
		dst[k] = float64(blas32.Dot(x, w)) + o.offsets[k]
	}
}

// classLogits stores one logit per class, by the parameters last folded.
func (o *objective) classLogits(row []float32, dst []float64) {
	o.logits(row, dst[:o.outputs])
	if o.outputs == 1 {
		dst[0], dst[1] = -dst[0]/2, dst[0]/2
	}
}
