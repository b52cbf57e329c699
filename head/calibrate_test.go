package head

import (
	"math"
	"math/rand/v2"
	"testing"
)

// drawLogits draws logits and labels that are as likely as softmax(logits) has
// it, then multiplies the logits.
func drawLogits(n, classes int, by float64) ([][]float32, []int) {
	chance := rand.New(rand.NewPCG(1, 2))
	logits, labels := table[float32](n, classes), make([]int, n)
	for i, row := range logits {
		for k := range row {
			row[k] = float32(2 * chance.NormFloat64())
		}
		p := softened(logits, 1)(i)
		for u := chance.Float64() - p[0]; u > 0 && labels[i] < classes-1; u -= p[labels[i]] {
			labels[i]++
		}
		for k := range row {
			row[k] *= float32(by)
		}
	}
	return logits, labels
}

func TestTemperatureUndoesOverconfidence(t *testing.T) {
	for _, by := range []float64{0.3, 1, 4} {
		logits, labels := drawLogits(20000, 5, by)
		if got := fitTemperature(logits, labels, 2); math.Abs(got/by-1) > 0.03 {
			t.Errorf("temperature %v for logits multiplied by %v", got, by)
		}
	}
}

func TestTemperatureMinimisesLogLoss(t *testing.T) {
	logits, labels := drawLogits(500, 3, 2)
	temperature := fitTemperature(logits, labels, 2)
	objective := func(temperature float64) float64 {
		return float64(len(labels))*calibrationScores(softened(logits, temperature), labels).LogLoss + math.Pow(math.Log(temperature), 2)/2
	}
	best := objective(temperature)
	for _, other := range []float64{1, temperature * 0.999, temperature * 1.001, 0.5, 10} {
		if objective(other) < best {
			t.Errorf("temperature %v is better than %v", other, temperature)
		}
	}
}

func TestTemperatureOfHeadsThatAreAlwaysRight(t *testing.T) {
	logits := [][]float32{{3, -3}, {-2, 2}, {4, -4}}
	if got := fitTemperature(logits, []int{0, 1, 0}, 1); !(got > 0.2 && got <= 1) {
		t.Errorf("temperature %v", got)
	}
	if got := fitTemperature(logits, []int{1, 0, 1}, 1); !(got > 1 && got < 1000) {
		t.Errorf("temperature %v where all is wrong", got)
	}
	if got := fitTemperature(nil, nil, 1); got != 1 {
		t.Errorf("temperature %v of nothing", got)
	}
}
