package mlp

import (
	"math"
	"slices"
	"testing"
)

// TestGradientIsThatOfTheLoss compares every derivative with the difference of
// a loss computed plainly in float64.
func TestGradientIsThatOfTheLoss(t *testing.T) {
	const classes = 3
	x, labels := rings(7, 5, classes, 1)
	weights := []float64{1, 0.5, 2, 0.25, 1.25, 1, 1}
	opt := Options{Hidden: 6, Groups: 2}
	tr := mustTrainer(t, x, labels, classes, weights, opt)
	tr.output.draw(classes, tr.rng)
	for k := range opt.Hidden {
		tr.hidden.value.Row(k)[x.Dim()] = float32(k%3) / 10 // no ReLU at its edge
	}
	g := tr.groups[0]
	g.rows, g.units = []int{4, 0, 6}, []int{5, 0, 3}
	still := adamStep{size: 0, keep: 1}
	tr.forward(g, 2)
	tr.backward(g, 2, still)

	var sum float64
	for i := range g.rows {
		sum += g.losses[i]
	}
	if want := plainLoss(tr, g, 2); math.Abs(sum/3-want) > 1e-6 {
		t.Errorf("loss %v, want %v", sum/3, want)
	}
	for name, l := range map[string]*layer{"hidden": tr.hidden, "output": tr.output} {
		moved := 0
		for j := range l.value.Data {
			const h = 1.0 / 1024
			at := l.value.Data[j]
			l.value.Data[j] = at + h
			above := plainLoss(tr, g, 2)
			l.value.Data[j] = at - h
			below := plainLoss(tr, g, 2)
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
		if most := len(g.units) * l.length; moved == 0 || moved > most {
			t.Errorf("%d weights of the %s layer change the loss, at most %d can", moved, name, most)
		}
	}
}

// plainLoss is the weighted mean cross-entropy of a group.
func plainLoss(t *Trainer, g *group, scale float64) float64 {
	var loss float64
	for _, row := range g.rows {
		logits := make([]float64, len(t.bias))
		for c, b := range t.bias {
			logits[c] = float64(b)
		}
		for _, k := range g.units {
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
				logits[c] += scale * max(hidden, 0) * float64(t.output.value.Row(k)[c])
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

// TestLearnDealsAllRowsAndUnits checks that each of them is in one group of a
// step, and that groups are about equal.
func TestLearnDealsAllRowsAndUnits(t *testing.T) {
	x, labels := rings(30, 5, 2, 1)
	opt := Options{Hidden: 14, Groups: 4}
	tr := mustTrainer(t, x, labels, 2, slices.Repeat([]float64{1}, 30), opt)
	batch := tr.order[:19]
	var before []int
	for range 2 {
		tr.learn(batch)
		var rows, units []int
		for _, g := range tr.groups {
			if len(g.rows) < 4 || len(g.rows) > 5 || len(g.units) < 3 || len(g.units) > 4 {
				t.Errorf("a group of %d rows and %d units", len(g.rows), len(g.units))
			}
			rows, units = append(rows, g.rows...), append(units, g.units...)
		}
		if slices.Equal(units, before) {
			t.Error("units were dealt as before")
		}
		before = slices.Clone(units)
		slices.Sort(units)
		if !slices.Equal(rows, batch) || len(slices.Compact(units)) != opt.Hidden {
			t.Errorf("rows %v and units %v learnt", rows, units)
		}
	}
}
