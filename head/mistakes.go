package head

import (
	"cmp"
	"slices"

	"gonum.org/v1/gonum/floats"
)

// A Mistake is an image that is taken for another class than its own.
type Mistake struct {
	Row         int     // which row of probabilities
	Predicted   int     // the likeliest class
	Probability float64 // of Predicted
}

// Mistakes returns the n most confident mistakes, or all if there are fewer,
// the most confident first and equals by row.
func Mistakes(probabilities [][]float64, labels []int, n int) []Mistake {
	var mistakes []Mistake
	for i, p := range probabilities {
		if top := floats.MaxIdx(p); top != labels[i] {
			mistakes = append(mistakes, Mistake{Row: i, Predicted: top, Probability: p[top]})
		}
	}
	slices.SortStableFunc(mistakes, func(a, b Mistake) int { return cmp.Compare(b.Probability, a.Probability) })
	return mistakes[:min(n, len(mistakes))]
}
