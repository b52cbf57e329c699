package mlp

import (
	"math"
	"testing"
)

// TestGradientIsThatOfTheLoss compares every derivative with the difference of
// a loss computed plainly in float64.
func TestGradientIsThatOfTheLoss(t *testing.T) {
	const classes = 3
	x, labels := rings(7, 5, classes, 1)
	weights := []float64{1, 0.5, 2, 0.25, 1.25, 1, 1}
	opt := Options{Hidden: 6}
	tr := mustTrainer(t, x, labels, classes, weights, opt)
	tr.output.draw(classes, tr.rng)
	for k := range opt.Hidden {
		tr.hidden.value.Row(k)[x.Dim()] = float32(k%3) / 10 // no ReLU at its edge
	}
	g := tr.batch
	g.rows = []int{4, 0, 6}
	still := adamStep{size: 0, keep: 1}
	tr.forward()
	tr.backward(still)

	var sum float64
	for i := range g.rows {
		sum += g.losses[i]
	}
	if want := plainLoss(tr, g); math.Abs(sum/3-want) > 1e-6 {
		t.Errorf("loss %v, want %v", sum/3, want)
	}
	for name, l := range map[string]*layer{"hidden": tr.hidden, "output": tr.output} {
		moved := 0
		for j := range l.value.Data {
			const h = 1.0 / 1024
			at := l.value.Data[j]
			l.value.Data[j] = at + h
			above := plainLoss(tr, g)
			l.value.Data[j] = at - h
			below := plainLoss(tr, g)
			l.value.Data[j] = at
			want := (above - below) / (float64(at+h) - float64(at-h))
			got := float64(l.mean.Data[j]) / (1 - meanDecay)
			if math.Abs(got-want) > 1e-5 {
				t.Errorf("weight %d of the %s layer: derivative %v, want %v", j, name, got, want)
			}
			if want != 0 {
				moved++
			}
		}
		if most := opt.Hidden * l.length; moved == 0 || moved > most {
			t.Errorf("%d weights of the %s layer change the loss, at most %d can", moved, name, most)
		}
	}
}

// plainLoss is the weighted mean cross-entropy of a batch.
func plainLoss(t *Trainer, g *batch) float64 {
	var loss float64
	for _, row := range g.rows {
		logits := make([]float64, len(t.bias))
		for c, b := range t.bias {
			logits[c] = float64(b)
		}
		for k := range t.opt.Hidden {
			weights := t.hidden.value.Row(k)
			hidden := float64(weights[t.x.Dim()])
			var squares float64
			for _, v := range t.x.Row(row) {
				squares += float64(v) * float64(v)
			}
			for j, v := range t.x.Row(row) {
				hidden += (float64(v)/math.Sqrt(squares) - float64(t.scaler.mean[j])) * float64(t.scaler.inverse) * float64(weights[j])
			}
			for c := range logits {
				logits[c] += max(hidden, 0) * float64(t.output.value.Row(k)[c])
			}
		}
		var sum float64
		for _, z := range logits {
			sum += math.Exp(z)
		}
		loss += t.weights[row] * (math.Log(sum) - logits[t.labels[row]])
	}
	return loss / float64(len(g.rows))
}
