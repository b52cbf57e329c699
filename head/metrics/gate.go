package metrics

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// A Bound is a kind of gate: a metric with a minimum or a maximum.
type Bound struct {
	Name        string  // such as "min-accuracy", which a command line can use as an option
	Metric      string  // what is bounded, in words
	Min         bool    // the bound is a minimum, otherwise a maximum
	PerClass    bool    // it bounds the score of one class
	Whole       bool    // the bound is a whole number
	HasInterval bool    // a Gate of this kind can be on OnLower
	Highest     float64 // the largest valid bound; the smallest is 0

	value func(m *Metrics, class string) (float64, Interval) // NaN where it cannot be measured
}

// Bounds returns all kinds of gates.
func Bounds() []Bound {
	return []Bound{
		{Name: "min-accuracy", Metric: "accuracy", Min: true, HasInterval: true, Highest: 1,
			value: func(m *Metrics, _ string) (float64, Interval) { return m.Accuracy, m.Interval }},
		{Name: "min-recall", Metric: "recall", Min: true, PerClass: true, HasInterval: true, Highest: 1, value: recallOf},
		{Name: "max-log-loss", Metric: "log-loss", Highest: math.MaxFloat64,
			value: func(m *Metrics, _ string) (float64, Interval) { return m.LogLoss, Interval{} }},
		{Name: "max-ece", Metric: "calibration error", Highest: 1,
			value: func(m *Metrics, _ string) (float64, Interval) { return m.CalibrationError, Interval{} }},
		{Name: "min-images", Metric: "number of images", Min: true, Whole: true, Highest: math.MaxInt32,
			value: func(m *Metrics, _ string) (float64, Interval) { return float64(m.Images), Interval{} }},
	}
}

func recallOf(m *Metrics, class string) (float64, Interval) {
	for _, c := range m.Classes {
		if c.Class == class && c.Images > 0 {
			return c.Recall, c.RecallInterval
		}
	}
	return math.NaN(), Interval{}
}

// What a Gate compares with its bound.
const (
	OnValue = "value" // the score itself
	OnLower = "lower" // the lower bound of the score's 95 % interval
	OnP     = "p"     // the p-value of a Comparison, see NotWorse
)

// A Gate is a bound that a classifier must keep: Gate{Name: "min-accuracy", Bound:
// 0.95}, or what ParseGate makes of text.
type Gate struct {
	Name  string // of a Bound
	Class string // for a Bound that is PerClass
	Bound float64
	// On is what is compared: OnLower for a Bound that HasInterval, or OnValue,
	// which is the same as "".
	On string

	given string // the value that ParseGate read
}

// ParseGate makes a gate from the name of a Bound, such as "min-accuracy" or
// "min-recall" (two dashes in front are allowed), and its value: a number, or
// CLASS=NUMBER for a gate of one class. Whether there is such a class it cannot
// know. The error for any other name lists all names.
func ParseGate(name, value string) (Gate, error) {
	b, err := boundOf(name)
	if err != nil {
		return Gate{}, err
	}
	g := Gate{Name: b.Name, given: value}
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
	case err == nil && g.Bound >= 0 && g.Bound <= b.Highest && (!b.Whole || g.Bound == math.Trunc(g.Bound)):
		return g, nil
	case b.Whole:
		return Gate{}, errors.New("must be a whole number, 0 or more")
	case b.Highest == 1:
		return Gate{}, errors.New("must be a number from 0 to 1")
	default:
		return Gate{}, errors.New("must be a number, 0 or more")
	}
}

func boundOf(name string) (Bound, error) {
	var names []string
	for _, b := range Bounds() {
		if b.Name == strings.TrimPrefix(name, "--") {
			return b, nil
		}
		names = append(names, b.Name)
	}
	return Bound{}, fmt.Errorf("there is no gate %q, only %s", name, strings.Join(names, ", "))
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
	On     string   `json:"on"`    // what was compared: OnValue, OnLower or OnP
	Value  *float64 `json:"value"` // what was compared; nil if it could not be measured
	Bound  float64  `json:"bound"`
	AtMost bool     `json:"-"` // Bound is the highest value that meets the gate, otherwise the lowest
	Met    bool     `json:"met"`
	Reason string   `json:"reason,omitempty"` // why it was not met
}

// Check applies the gate to measured scores. A score that was measured on no
// image does not meet any gate.
func (g Gate) Check(m *Metrics) GateResult {
	result := GateResult{Gate: g.String(), On: cmp.Or(g.On, OnValue), Bound: g.Bound}
	b, err := boundOf(g.Name)
	if err != nil {
		result.Reason = err.Error()
		return result
	}
	result.AtMost = !b.Min
	if g.On == OnLower && !b.HasInterval {
		result.Reason = fmt.Sprintf("%s: the %s has no interval", result.Gate, b.Metric)
		return result
	}
	metric := b.Metric
	if b.PerClass {
		metric += " of " + g.Class
	}
	value, interval := b.value(m, g.Class)
	if math.IsNaN(value) || m.Images == 0 {
		result.Reason = fmt.Sprintf("%s: there is no image to measure the %s on", result.Gate, metric)
		return result
	}
	if g.On == OnLower {
		metric, value = "lower bound of the "+metric, interval.Low
	}
	result.Value = &value
	switch missing := value - g.Bound; {
	case b.Min && missing < 0:
		result.Reason = fmt.Sprintf("%s: %s is %s, too low by %s", result.Gate, metric, rounded(value, 6), rounded(-missing, 3))
	case !b.Min && missing > 0:
		result.Reason = fmt.Sprintf("%s: %s is %s, too high by %s", result.Gate, metric, rounded(value, 6), rounded(missing, 3))
	default:
		result.Met = true
	}
	return result
}

// rounded is x with some significant digits, and a whole number with all of them.
func rounded(x float64, digits int) string {
	if x == math.Trunc(x) {
		return strconv.FormatFloat(x, 'f', -1, 64)
	}
	return strconv.FormatFloat(x, 'g', digits, 64)
}
