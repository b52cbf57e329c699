package metrics

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// A Bound is a kind of gate: a metric with a minimum or a maximum.
type Bound struct {
	Name     string  // such as "min-accuracy", which a command line can use as an option
	Metric   string  // what is bounded, in words
	Min      bool    // the bound is a minimum, otherwise a maximum
	PerClass bool    // it bounds the score of one class
	Highest  float64 // the largest bound that can be meant; the smallest is 0

	value func(m *Metrics, class string) float64 // NaN where it cannot be measured
}

// Bounds returns all kinds of gates.
func Bounds() []Bound {
	return []Bound{
		{"min-accuracy", "accuracy", true, false, 1, func(m *Metrics, _ string) float64 { return m.Accuracy }},
		{"min-recall", "recall", true, true, 1, recallOf},
		{"max-log-loss", "log-loss", false, false, math.MaxFloat64, func(m *Metrics, _ string) float64 { return m.LogLoss }},
		{"max-ece", "calibration error", false, false, 1, func(m *Metrics, _ string) float64 { return m.CalibrationError }},
	}
}

func recallOf(m *Metrics, class string) float64 {
	i := slices.IndexFunc(m.Classes, func(c ClassScores) bool { return c.Class == class })
	if i < 0 || m.Classes[i].Images == 0 {
		return math.NaN()
	}
	return m.Classes[i].Recall
}

// A Gate is a bound that a classifier must keep.
type Gate struct {
	Name  string // of a Bound
	Class string // for a Bound that is PerClass
	Bound float64

	given string // the value that ParseGate read
}

// ParseGate reads the value of a gate: a number, or CLASS=NUMBER for a gate of
// one class. Whether there is such a class it cannot know.
func ParseGate(name, value string) (Gate, error) {
	b, err := boundOf(name)
	if err != nil {
		return Gate{}, err
	}
	g := Gate{Name: name, given: value}
	number := value
	if b.PerClass {
		at := strings.LastIndexByte(value, '=') // a class may have one in its name
		if at < 0 {
			return Gate{}, errors.New("must be CLASS=NUMBER")
		}
		g.Class, number = value[:at], value[at+1:]
	}
	g.Bound, err = strconv.ParseFloat(number, 64)
	switch {
	case err == nil && g.Bound >= 0 && g.Bound <= b.Highest:
		return g, nil
	case b.Highest == 1:
		return Gate{}, errors.New("must be a number from 0 to 1")
	default:
		return Gate{}, errors.New("must be a number, 0 or more")
	}
}

func boundOf(name string) (Bound, error) {
	for _, b := range Bounds() {
		if b.Name == name {
			return b, nil
		}
	}
	return Bound{}, fmt.Errorf("there is no gate %q", name)
}

// String returns the gate as an option of a command line.
func (g Gate) String() string {
	value := g.given
	if value == "" {
		value = strconv.FormatFloat(g.Bound, 'g', -1, 64)
		if g.Class != "" {
			value = g.Class + "=" + value
		}
	}
	return "--" + g.Name + " " + value
}

// GateResult says whether a gate was met.
type GateResult struct {
	Gate   string   `json:"gate"`  // as on a command line
	Value  *float64 `json:"value"` // nil if it could not be measured
	Bound  float64  `json:"bound"`
	Met    bool     `json:"met"`
	Reason string   `json:"reason,omitempty"` // why it was not met
}

// Check applies the gate to measured scores. A score that was measured on no
// image does not meet any gate.
func (g Gate) Check(m *Metrics) GateResult {
	result := GateResult{Gate: g.String(), Bound: g.Bound}
	b, err := boundOf(g.Name)
	if err != nil {
		result.Reason = err.Error()
		return result
	}
	metric := b.Metric
	if b.PerClass {
		metric += " of " + g.Class
	}
	value := b.value(m, g.Class)
	if math.IsNaN(value) || m.Images == 0 {
		result.Reason = fmt.Sprintf("%s: there is no image to measure the %s on", result.Gate, metric)
		return result
	}
	result.Value = &value
	switch missing := value - g.Bound; {
	case b.Min && missing < 0:
		result.Reason = fmt.Sprintf("%s: %s is %.6g, too low by %.3g", result.Gate, metric, value, -missing)
	case !b.Min && missing > 0:
		result.Reason = fmt.Sprintf("%s: %s is %.6g, too high by %.3g", result.Gate, metric, value, missing)
	default:
		result.Met = true
	}
	return result
}
