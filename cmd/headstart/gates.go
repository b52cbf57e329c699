package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart/head/metrics"
)

// gateOptions hold what a head must reach.
type gateOptions struct {
	minAccuracy  string
	minRecall    occurrences
	maxLogLoss   string
	maxECE       string
	notWorseThan string
}

func (o *gateOptions) flags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "min-accuracy", Usage: "gate: accuracy is `NUMBER` or more", Destination: &o.minAccuracy},
		&cli.GenericFlag{Name: "min-recall", Usage: "gate: a class's recall, `CLASS=NUMBER`, is that or more; may be repeated", Value: &o.minRecall},
		&cli.StringFlag{Name: "max-log-loss", Usage: "gate: log-loss is `NUMBER` or less", Destination: &o.maxLogLoss},
		&cli.StringFlag{Name: "max-ece", Usage: "gate: expected calibration error is `NUMBER` or less", Destination: &o.maxECE},
		&cli.StringFlag{Name: "not-worse-than", Usage: "gate: not significantly less accurate than `OTHER_HEAD` on the same images (McNemar's exact test, one-sided, at 0.05)", Destination: &o.notWorseThan},
	}
}

// occurrences are the values of an option that may be repeated. They are taken
// as they are, commas and all: a class may have one in its name.
type occurrences []string

// Set adds a value.
func (o *occurrences) Set(value string) error { *o = append(*o, value); return nil }

func (o *occurrences) String() string { return strings.Join(*o, " ") }

// gate is a bound that a score must keep.
type gate struct {
	option string
	given  string // the option's value
	score  string // what is measured, in words
	least  bool   // the bound is a minimum, not a maximum
	bound  float64
	value  func(*metrics.Metrics) float64 // NaN where it cannot be measured
}

// gates reads the options that bound a score; classes are those of the head.
func (o *gateOptions) gates(classes []string) ([]gate, error) {
	all := []gate{
		{option: "--min-accuracy", given: o.minAccuracy, score: "accuracy", least: true, value: func(m *metrics.Metrics) float64 { return m.Accuracy }},
		{option: "--max-log-loss", given: o.maxLogLoss, score: "log-loss", value: func(m *metrics.Metrics) float64 { return m.LogLoss }},
		{option: "--max-ece", given: o.maxECE, score: "calibration error", value: func(m *metrics.Metrics) float64 { return m.CalibrationError }},
	}
	all = slices.DeleteFunc(all, func(g gate) bool { return g.given == "" })
	for i := range all {
		highest := 1.0
		if all[i].option == "--max-log-loss" {
			highest = math.MaxFloat64
		}
		if err := all[i].setBound(all[i].given, highest); err != nil {
			return nil, err
		}
	}
	for _, given := range o.minRecall {
		at := strings.LastIndexByte(given, '=') // a class may have one in its name
		if at < 0 {
			return nil, usagef("--min-recall %s: CLASS=NUMBER is needed", given)
		}
		class := slices.Index(classes, given[:at])
		if class < 0 {
			return nil, usagef("--min-recall %s: the head knows no class %q, only %s", given, given[:at], listed(classes))
		}
		g := gate{option: "--min-recall", given: given, score: "recall of " + printable(classes[class]), least: true, value: recallOf(class)}
		if err := g.setBound(given[at+1:], 1); err != nil {
			return nil, err
		}
		all = append(all, g)
	}
	return all, nil
}

func recallOf(class int) func(*metrics.Metrics) float64 {
	return func(m *metrics.Metrics) float64 {
		if m.Classes[class].Images == 0 {
			return math.NaN()
		}
		return m.Classes[class].Recall
	}
}

func (g *gate) setBound(text string, highest float64) error {
	bound, err := strconv.ParseFloat(text, 64)
	if err == nil && bound >= 0 && bound <= highest {
		g.bound = bound
		return nil
	}
	if highest == 1 {
		return usagef("%s %s: a number from 0 to 1 is needed", g.option, g.given)
	}
	return usagef("%s %s: a number from 0 up is needed", g.option, g.given)
}

// gateResult tells how a gate was met.
type gateResult struct {
	Gate   string   `json:"gate"` // as on the command line
	Value  *float64 `json:"value"`
	Bound  float64  `json:"bound"`
	Met    bool     `json:"met"`
	Reason string   `json:"reason,omitempty"` // why it is not
}

func (g *gate) check(m *metrics.Metrics) gateResult {
	result := gateResult{Gate: g.option + " " + g.given, Bound: g.bound}
	name := printable(result.Gate)
	value := g.value(m)
	if math.IsNaN(value) {
		result.Reason = fmt.Sprintf("%s: there is no image to measure the %s on", name, g.score)
		return result
	}
	result.Value = &value
	switch missing := value - g.bound; {
	case g.least && missing < 0:
		result.Reason = fmt.Sprintf("%s: %s is %.6g, too low by %.3g", name, g.score, value, -missing)
	case !g.least && missing > 0:
		result.Reason = fmt.Sprintf("%s: %s is %.6g, too high by %.3g", name, g.score, value, missing)
	default:
		result.Met = true
	}
	return result
}

// gateError says that gates, which have been listed, were not met.
type gateError struct {
	failed, of int
	unreadable int // images besides
}

func (e *gateError) Error() string {
	text := fmt.Sprintf("gates not met: %d of %d, as listed above", e.failed, e.of)
	if e.unreadable > 0 {
		text += "; " + count(e.unreadable, "image", "images") + " could not be read"
	}
	return text
}
