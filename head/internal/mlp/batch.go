package mlp

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/blas/blas32"
)

const (
	// blockRows rows go through the hidden layer together, so that a unit's
	// weights, once in the processor's nearest cache, serve all of them.
	blockRows = 4
	// blockUnits units' gradients are added up together, so that a row, once in
	// the nearest cache, serves all of them.
	blockUnits = 4
)

// A batch is the rows of one step on their way through the network and back.
type batch struct {
	rows   []int
	inputs []float32 // rows × dim, standardised
	hidden []float32 // rows × hidden units, after ReLU and dropout
	blame  []float32 // rows × hidden units: derivative of the loss by what goes into ReLU
	errors []float32 // rows × classes: derivative of the loss by the logits
	losses []float64 // one per row, weighted
}

func newBatch(rows, dim, hidden, classes int) *batch {
	return &batch{
		inputs: alignedFloats(rows * dim),
		hidden: alignedFloats(rows * hidden),
		blame:  alignedFloats(rows * hidden),
		errors: alignedFloats(rows * classes),
		losses: make([]float64, rows),
	}
}

// forward takes rows first up to, not including, end to their losses, and the
// derivatives back to the hidden layer. With epoch 0 there is no dropout.
func (t *trainer) forward(b *batch, first, end, epoch int) {
	units := t.hidden.out
	for i := first; i < end; i++ {
		t.scaler.apply(t.x.Row(b.rows[i]), b.input(i, t.hidden.in))
		if epoch > 0 {
			t.drop(b.rows[i], epoch, b.blame[i*units:(i+1)*units])
		}
	}
	scale := float32(1)
	if epoch > 0 {
		scale = float32(1 / t.opt.Keep)
	}
	for k := range units {
		w, bias := vector(t.hidden.row(k).value), t.hidden.bias.value[k]
		for i := first; i < end; i++ {
			at := i*units + k
			if epoch > 0 && b.blame[at] == 0 {
				b.hidden[at] = 0
				continue
			}
			v := bias + blas32.Dot(vector(b.input(i, t.hidden.in)), w)
			b.hidden[at] = max(v, 0) * scale
		}
	}
	for i := first; i < end; i++ {
		t.output2(b, i, scale)
	}
}

// drop stores 1 for hidden units that learn from a row in an epoch, else 0.
func (t *trainer) drop(row, epoch int, dst []float32) {
	chance := rand.NewPCG(t.opt.Seed, uint64(epoch)<<40|uint64(row))
	threshold := uint64(t.opt.Keep * (1 << 32))
	for k := 0; k < len(dst); k += 2 {
		bits := chance.Uint64()
		dst[k] = keeps(bits&(1<<32-1), threshold)
		if k+1 < len(dst) {
			dst[k+1] = keeps(bits>>32, threshold)
		}
	}
}

func keeps(bits, threshold uint64) float32 {
	if bits < threshold {
		return 1
	}
	return 0
}

func (b *batch) input(i, dim int) []float32 { return b.inputs[i*dim : (i+1)*dim] }

// output2 takes row i from the hidden layer to its loss and back.
func (t *trainer) output2(b *batch, i int, scale float32) {
	units, classes := t.hidden.out, t.output.out
	hidden := vector(b.hidden[i*units : (i+1)*units])
	errors := b.errors[i*classes : (i+1)*classes]
	for c := range errors {
		errors[c] = t.output.bias.value[c] + blas32.Dot(hidden, vector(t.output.row(c).value))
	}
	row := b.rows[i]
	w := t.weights[row]
	b.losses[i] = w * crossEntropy(errors, t.labels[row])
	blame := vector(b.blame[i*units : (i+1)*units])
	clear(blame.Data)
	for c := range errors {
		errors[c] *= float32(w) / float32(len(b.rows))
		blas32.Axpy(errors[c], vector(t.output.row(c).value), blame)
	}
	for k, v := range hidden.Data {
		if v > 0 {
			blame.Data[k] *= scale
		} else {
			blame.Data[k] = 0
		}
	}
}

// crossEntropy returns the loss of logits, natural logarithm, and overwrites
// them with its derivatives.
func crossEntropy(logits []float32, label int) float64 {
	top := logits[0]
	for _, z := range logits {
		top = max(top, z)
	}
	at := float64(logits[label] - top)
	var sum float64
	for c, z := range logits {
		e := math.Exp(float64(z - top))
		logits[c] = float32(e)
		sum += e
	}
	for c := range logits {
		logits[c] /= float32(sum)
	}
	logits[label]--
	return math.Log(sum) - at
}

// hiddenGradient adds up the gradient of units first up to, not including, end.
func (t *trainer) hiddenGradient(b *batch, first, end int) {
	units := t.hidden.out
	clear(t.hidden.weight.slice(first*t.hidden.in, end*t.hidden.in).gradient)
	clear(t.hidden.bias.gradient[first:end])
	for i := range b.rows {
		x := vector(b.input(i, t.hidden.in))
		for k := first; k < end; k++ {
			if v := b.blame[i*units+k]; v != 0 {
				blas32.Axpy(v, x, vector(t.hidden.row(k).gradient))
				t.hidden.bias.gradient[k] += v
			}
		}
	}
}

// outputGradient adds up the gradient of class c.
func (t *trainer) outputGradient(b *batch, c int) {
	units, classes := t.hidden.out, t.output.out
	sum := vector(t.output.row(c).gradient)
	clear(sum.Data)
	t.output.bias.gradient[c] = 0
	for i := range b.rows {
		v := b.errors[i*classes+c]
		blas32.Axpy(v, vector(b.hidden[i*units:(i+1)*units]), sum)
		t.output.bias.gradient[c] += v
	}
}
