package metrics

import "gonum.org/v1/gonum/mathext"

// Interval is a 95 % confidence interval.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// McNemar returns the one-sided p-value of McNemar's exact test: how likely two
// equally good classifiers are to differ at least this much in the second's
// favour. The arguments count the images that only the first, and only the
// second, got right. A p-value below 0.05, say, means that the first is worse.
func McNemar(onlyFirst, onlySecond int) float64 {
	if onlySecond == 0 {
		return 1
	}
	// P(X ≥ onlySecond) for X from the binomial distribution of onlyFirst +
	// onlySecond trials at ½, as an incomplete beta function (Abramowitz and
	// Stegun 26.5.24).
	return mathext.RegIncBeta(float64(onlySecond), float64(onlyFirst)+1, 0.5)
}
