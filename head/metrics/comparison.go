package metrics

import "fmt"

// Comparison says how a classifier does beside another on the same images.
type Comparison struct {
	Other     string `json:"other"`      // name of the other classifier
	OnlyThis  int    `json:"only_this"`  // images that only this classifier gets right
	OnlyOther int    `json:"only_other"` // images that only the other gets right
	// ForThis and ForOther count groups: those in which this classifier gets more
	// images right than the other, and fewer. They are 0 if each image is a group.
	ForThis  int     `json:"groups_for_this,omitempty"`
	ForOther int     `json:"groups_for_other,omitempty"`
	P        float64 `json:"p"` // McNemar's of the images or, where there are groups, of the groups; low where this classifier is worse
}

// Significance is the p-value below which NotWorse is not met.
const Significance = 0.05

// Compare counts where two classifiers differ. this and that tell of each image
// whether the classifier, and the other one, gets it right; groups numbers the
// group of each image, nil means that each is one by itself.
//
// Images of one group tend to be right or wrong together, and are no independent
// trials. So each group counts once, for the classifier that gets more of its
// images right, and not at all if both get as many: a sign test on independent
// groups, which is McNemar's test where each image is one.
func Compare(other string, this, that []bool, groups []int) Comparison {
	c := Comparison{Other: other}
	lead := map[int]int{} // of this, by group
	for i, right := range this {
		if right == that[i] {
			continue
		}
		group, ahead := i, -1
		if groups != nil {
			group = groups[i]
		}
		if right {
			ahead = 1
			c.OnlyThis++
		} else {
			c.OnlyOther++
		}
		lead[group] += ahead
	}
	var forThis, forOther int
	for _, by := range lead {
		switch {
		case by > 0:
			forThis++
		case by < 0:
			forOther++
		}
	}
	if len(lead) < c.OnlyThis+c.OnlyOther {
		c.ForThis, c.ForOther = forThis, forOther
	}
	c.P = McNemar(forThis, forOther)
	return c
}

func (c Comparison) String() string {
	groups := ""
	if c.ForThis+c.ForOther > 0 {
		groups = fmt.Sprintf(" (groups: %d and %d)", c.ForThis, c.ForOther)
	}
	return fmt.Sprintf("correct only with this head: %d; only with %s: %d%s; McNemar p = %.3g", c.OnlyThis, c.Other, c.OnlyOther, groups, c.P)
}

// NotWorse is the gate that this classifier is not significantly less accurate
// than the other, by McNemar's test.
func (c Comparison) NotWorse() GateResult {
	result := GateResult{Gate: "--not-worse-than " + c.Other, Value: &c.P, On: OnP, Bound: Significance, Met: c.P >= Significance}
	if !result.Met {
		result.Reason = fmt.Sprintf("%s: %s, below %g", result.Gate, c, Significance)
	}
	return result
}
