package headstart

import (
	"fmt"
	"math"

	"github.com/digitalinnovationone/headstart/head"
)

// Gate is a bound that a score must keep.
type Gate struct {
	Name  string // as the user knows it
	Score string // accuracy, log-loss, calibration error or recall
	Class int
	Bound float64
}

// GateResult tells how a gate was met.
type GateResult struct {
	Gate   string   `json:"gate"`
	Value  *float64 `json:"value"`
	Bound  float64  `json:"bound"`
	Met    bool     `json:"met"`
	Reason string   `json:"reason,omitempty"` // why it is not met
}

// Check compares a score with the bound.
func (g Gate) Check(m *head.Metrics) GateResult { panic("provisional") }

func (c *Comparison) gate() GateResult {
	result := GateResult{Gate: "--not-worse-than " + c.Other, Value: &c.P, Bound: significance, Met: c.P >= significance}
	if !result.Met {
		result.Reason = fmt.Sprintf("%s: %v", shown(result.Gate), c)
	}
	return result
}

var _ = math.NaN
