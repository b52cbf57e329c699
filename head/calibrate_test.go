package head

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/digitalinnovationone/headstart/head/metrics"
	"github.com/digitalinnovationone/headstart/internal/matrix"
)

// drawLogits draws logits and labels that are as likely as softmax(logits) has
// it, then multiplies the logits.
func drawLogits(n, classes int, by float64) ([][]float32, []int) {
	rng := rand.New(rand.NewPCG(1, 2))
	logits, labels := matrix.Table[float32](n, classes), make([]int, n)
	for i, row := range logits {
		for k := range row {
			row[k] = float32(2 * rng.NormFloat64())
		}
		p := temperatureScaled(at(logits, 1))(i)
		for u := rng.Float64() - p[0]; u > 0 && labels[i] < classes-1; u -= p[labels[i]] {
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
		if got := mustTemperature(t, logits, labels, 2); math.Abs(got/by-1) > 0.03 {
			t.Errorf("temperature %v for logits multiplied by %v", got, by)
		}
	}
}

func TestTemperatureMinimisesLogLoss(t *testing.T) {
	logits, labels := drawLogits(500, 3, 2)
	temperature := mustTemperature(t, logits, labels, 2)
	objective := func(temperature float64) float64 {
		return float64(len(labels))*calibrationScores(t, logits, temperature, labels).LogLoss + math.Pow(math.Log(temperature), 2)/2
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
	if got := mustTemperature(t, logits, []int{0, 1, 0}, 1); !(got > 0.2 && got <= 1) {
		t.Errorf("temperature %v", got)
	}
	if got := mustTemperature(t, logits, []int{1, 0, 1}, 1); !(got > 1 && got < 1000) {
		t.Errorf("temperature %v where all is wrong", got)
	}
	if got := mustTemperature(t, nil, nil, 1); got != 1 {
		t.Errorf("temperature %v of nothing", got)
	}
}

func mustTemperature(t *testing.T, logits [][]float32, labels []int, workers int) float64 {
	t.Helper()
	temperature, err := fitTemperature(t.Context(), logits, targets{labels: labels}, 1, temperaturePrior, workers)
	if err != nil {
		t.Fatal(err)
	}
	return temperature
}

func calibrationScores(t *testing.T, logits [][]float32, temperature float64, labels []int) metrics.CalibrationScores {
	t.Helper()
	scores, err := metrics.EvaluateCalibration(t.Context(), temperatureScaled(at(logits, temperature)), labels)
	if err != nil {
		t.Fatal(err)
	}
	return scores
}

// at returns rows of logits, all at one temperature.
func at(logits [][]float32, temperature float64) func(i int) ([]float32, float64) {
	return func(i int) ([]float32, float64) { return logits[i], temperature }
}
