package metrics

import "fmt"

// Comparison says how a classifier does beside another on the same images.
type Comparison struct {
	Other     string  `json:"other"`      // name of the other classifier
	OnlyThis  int     `json:"only_this"`  // images that only this classifier gets right
	OnlyOther int     `json:"only_other"` // images that only the other gets right
	P         float64 `json:"p"`          // see McNemar; low where this classifier is worse
}

// Significance is the p-value below which NotWorse is not met.
const Significance = 0.05

// Compare counts where two classifiers differ. this and that tell of each image
// whether the classifier, and the other one, gets it right.
func Compare(other string, this, that []bool) Comparison {
	c := Comparison{Other: other}
	for i, right := range this {
		switch {
		case right && !that[i]:
			c.OnlyThis++
		case that[i] && !right:
			c.OnlyOther++
		}
	}
	c.P = McNemar(c.OnlyThis, c.OnlyOther)
	return c
}

func (c Comparison) String() string {
	return fmt.Sprintf("correct only with this head: %d; only with %s: %d; McNemar p = %.3g", c.OnlyThis, c.Other, c.OnlyOther, c.P)
}

// NotWorse is the gate that this classifier is not significantly less accurate
// than the other, by McNemar's test.
func (c Comparison) NotWorse() GateResult {
	result := GateResult{Gate: "--not-worse-than " + c.Other, Value: &c.P, Bound: Significance, Met: c.P >= Significance}
	if !result.Met {
		result.Reason = fmt.Sprintf("%s: %s, below %g", result.Gate, c, Significance)
	}
	return result
}
