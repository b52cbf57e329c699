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
	opt := Options{Hidden: 6, Dropout: 0.5, Workers: 2}
	if err := opt.complete(); err != nil {
		t.Fatal(err)
	}
	tr := newTrainer(x, labels, classes, weights, opt)
	for k := range tr.hidden.bias.value {
		tr.hidden.bias.value[k] = float32(k%3) / 10 // no ReLU at its edge
	}
	b := tr.batch
	b.rows = []int{4, 0, 6, 2, 5}
	for i := range b.rows {
		drawKept(b.kept.row(i), opt, b.rows[i], 1)
	}
	tr.forward(b, 0, len(b.rows))
	for i := range b.rows {
		tr.judge(b, i)
		tr.backward(b, i)
	}
	tr.hidden.addGradient(len(b.rows), b.inputs, b.blame, 0, tr.hidden.out)
	tr.output.addGradient(len(b.rows), b.hidden, b.errors, 0, tr.output.out)

	var sum float64
	for i := range b.rows {
		sum += b.losses[i]
	}
	if want := plainLoss(tr); math.Abs(sum/float64(len(b.rows))-want) > 1e-6 {
		t.Errorf("loss %v, want %v", sum/float64(len(b.rows)), want)
	}
	for name, p := range map[string]parameters{
		"hidden weight": tr.hidden.weight, "hidden bias": tr.hidden.bias,
		"output weight": tr.output.weight, "output bias": tr.output.bias,
	} {
		moved := false
		for j := range p.value {
			const h = 1.0 / 1024
			at := p.value[j]
			p.value[j] = at + h
			above := plainLoss(tr)
			p.value[j] = at - h
			below := plainLoss(tr)
			p.value[j] = at
			want := (above - below) / (float64(at+h) - float64(at-h))
			if got := float64(p.gradient[j]); math.Abs(got-want) > 1e-5 {
				t.Errorf("%s %d: derivative %v, want %v", name, j, got, want)
			}
			moved = moved || want != 0
		}
		if !moved {
			t.Errorf("%s does not change the loss", name)
		}
	}
}

// plainLoss is the weighted mean cross-entropy of the batch, dropout and all.
func plainLoss(t *trainer) float64 {
	b := t.batch
	var loss float64
	for i, row := range b.rows {
		hidden := make([]float64, t.hidden.out)
		for k := range hidden {
			hidden[k] = float64(t.hidden.bias.value[k])
			for j, v := range t.x.Row(row) {
				z := (float64(v) - float64(t.scaler.mean[j])) * float64(t.scaler.inverse[j])
				hidden[k] += z * float64(t.hidden.weights(k).Data[j])
			}
			hidden[k] = max(hidden[k], 0) * float64(b.kept.row(i)[k])
		}
		logits := make([]float64, t.output.out)
		var sum float64
		for c := range logits {
			logits[c] = float64(t.output.bias.value[c])
			for k, v := range hidden {
				logits[c] += v * float64(t.output.weights(c).Data[k])
			}
			sum += math.Exp(logits[c])
		}
		loss += t.weights[row] * (math.Log(sum) - logits[t.labels[row]])
	}
	return loss / float64(len(b.rows))
}

// TestDropoutKeepsTheMean checks that units are left out as often as was asked,
// and that those kept make up for them.
func TestDropoutKeepsTheMean(t *testing.T) {
	for _, dropout := range []float64{0, 0.25, 0.75, 0.9} {
		kept := make([]float32, 100000)
		drawKept(kept, Options{Dropout: dropout}, 3, 1)
		out, sum := 0, 0.0
		for _, v := range kept {
			if v == 0 {
				out++
			}
			sum += float64(v)
		}
		n := float64(len(kept))
		if math.Abs(float64(out)/n-dropout) > 0.01 || math.Abs(sum/n-1) > 0.03 {
			t.Errorf("dropout %v leaves out %v, the mean is %v", dropout, float64(out)/n, sum/n)
		}
	}
}
