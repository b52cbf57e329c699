package head

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/stat"
)

// allRight returns logits of rows that are all classified correctly: those of the
// classes of 0 and about margin.
func allRight(n int, margin float32) (logits [][]float32, labels []int) {
	for i := range n {
		row := []float32{0, 0}
		row[i%2] = margin * (1 + float32(i%5)/10)
		logits, labels = append(logits, row), append(labels, i%2)
	}
	return logits, labels
}

// TestAFewRightRowsPromiseNoCertainty: n rows without a mistake do not say that the
// next is none, however large their logits are.
func TestAFewRightRowsPromiseNoCertainty(t *testing.T) {
	for _, n := range []int{10, 100} {
		logits, labels := allRight(n, 30)
		temperature, err := fitTemperature(t.Context(), logits, smoothed(labels, n), 1, temperaturePrior, 1)
		if err != nil {
			t.Fatal(err)
		}
		probabilities := temperatureScaled(at(logits, temperature))
		var doubt float64 // how many are expected to be wrong
		for i, label := range labels {
			doubt += 1 - probabilities(i)[label]
		}
		if doubt < 0.05 || doubt > 1 {
			t.Errorf("of %d rows %v are expected to be wrong, at the temperature %v", n, doubt, temperature)
		}
	}
}

// TestTheMostConfidentKindIsNotTheBestForThat has two kinds that make no mistake.
func TestTheMostConfidentKindIsNotTheBestForThat(t *testing.T) {
	const n, parts = 20, 5
	modest, labels := allRight(n, 4)
	confident, _ := allRight(n, 30)
	p := &problem{scorableLabels: labels, parts: parts, opt: Options{Workers: 1}}
	for i := range n {
		p.scorable, p.part = append(p.scorable, i), append(p.part, i/2%parts)
	}
	trials := []*trial{{kind: LogisticUnit, logits: modest}, {kind: LDA, logits: confident}}
	for _, trial := range trials {
		if err := p.calibrate(t.Context(), trial); err != nil {
			t.Fatal(err)
		}
		if loss := stat.Mean(trial.losses, nil); loss < 0.001 {
			t.Errorf("%s: a log-loss of %v after %d rows", trial.kind, loss, n)
		}
	}
	if got := p.pick(trials[0], trials[1:], 2, none); got != trials[0] {
		t.Errorf("%s is taken for its confidence", got.kind)
	}
}

// TestLossOfTargets compares with the sum over classes.
func TestLossOfTargets(t *testing.T) {
	logits, labels := drawLogits(50, 4, 2)
	goal := smoothed(labels, 50)
	probabilities := temperatureScaled(at(logits, 1.5))
	for i, label := range labels {
		var want float64
		p := probabilities(i)
		for k := range p {
			share := goal.others / 3
			if k == label {
				share = 1 - goal.others
			}
			want -= share * math.Log(p[k])
		}
		if got := goal.loss(i, logits[i], p, 1.5); math.Abs(got-want) > 1e-6 {
			t.Errorf("row %d: %v, want %v", i, got, want)
		}
	}
}
