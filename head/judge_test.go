package head

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"
)

// TestCIsJudgedAfterCalibration has logits that are three times too large, and of
// each part compares with what the other rows say when they are alone.
func TestCIsJudgedAfterCalibration(t *testing.T) {
	const n, parts = 400, 4
	rng := rand.New(rand.NewPCG(1, 1))
	p := &problem{classes: 2, parts: parts, opt: Options{Workers: 2}}
	var logits [][]float32
	for i := range n {
		z := rng.NormFloat64()
		label := 0
		if rng.Float64() < 1/(1+math.Exp(-z)) {
			label = 1
		}
		logits = append(logits, []float32{0, float32(3 * z)})
		p.scorable, p.scorableLabels, p.part = append(p.scorable, i), append(p.scorableLabels, label), append(p.part, i%parts)
	}
	p.opt.Weights = make([]float64, n)
	for i := range p.opt.Weights {
		p.opt.Weights[i] = 1 + float64(i%3)
	}
	all, byPart := judged(t, p, logits)
	at1, err := temperatureSlopes(t.Context(), logits, targets{labels: p.scorableLabels}, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	var raw lossSlope
	for _, row := range at1 {
		raw.add(1./n, row)
	}
	if all > raw.loss-0.1 {
		t.Errorf("log-loss %v, and %v before calibration", all, raw.loss)
	}
	for part, got := range byPart {
		others := &problem{classes: 2, parts: 1, opt: Options{Workers: 1}}
		var of [][]float32
		for i := range n {
			if p.part[i] != part {
				others.scorable, others.part = append(others.scorable, len(of)), append(others.part, 0)
				others.scorableLabels = append(others.scorableLabels, p.scorableLabels[i])
				others.opt.Weights = append(others.opt.Weights, p.opt.Weights[i])
				of = append(of, logits[i])
			}
		}
		if want, _ := judged(t, others, of); math.Abs(got-want) > 1e-4 {
			t.Errorf("part %d: log-loss %v, the others alone have %v", part, got, want)
		}
	}
}

func judged(t *testing.T, p *problem, logits [][]float32) (all float64, byPart []float64) {
	t.Helper()
	all, byPart, err := p.judge()(context.Background(), logits)
	if err != nil {
		t.Fatal(err)
	}
	return all, byPart
}

// TestTemperatureSearchStaysAtTheOptimum: where nothing pulls, nothing moves.
func TestTemperatureSearchStaysAtTheOptimum(t *testing.T) {
	search := newTemperatureSearch(1, temperaturePrior)
	for range 2 {
		if moved := search.step(lossSlope{curvature: 1}); moved != 0 {
			t.Errorf("moved by %v", moved)
		}
	}
}
