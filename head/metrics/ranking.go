package metrics

import (
	"context"
	"slices"
)

// rankClasses sets ROCAUC and AveragePrecision of each class. members holds the
// probabilities that a class's images have of it.
func rankClasses(ctx context.Context, classes []ClassScores, members [][]float64, probabilities func(i int) []float64, labels []int) error {
	rankings := make([]*ranking, len(classes)) // nil for a class without images
	for c, own := range members {
		if len(own) > 0 {
			rankings[c] = newRanking(own)
		}
	}
	for i, label := range labels {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		for c, p := range probabilities(i) {
			if c != label && rankings[c] != nil {
				rankings[c].addOther(p)
			}
		}
	}
	for c, r := range rankings {
		if r == nil {
			continue
		}
		precision := r.averagePrecision()
		classes[c].AveragePrecision = &precision
		if r.others > 0 {
			area := r.area()
			classes[c].ROCAUC = &area
		}
	}
	return nil
}

// AUROC returns the area under the receiver operating characteristic: the chance
// that a positive score is above a negative one, equal ones counting half (Hanley
// and McNeil, 1982). Without scores of both kinds it is NaN.
func AUROC(positives, negatives []float64) float64 {
	r := newRanking(slices.Clone(positives))
	for _, score := range negatives {
		r.addOther(score)
	}
	return r.area()
}

// A ranking places the other images among the members of a class by their
// probability of the class. It sorts the members only, which are few where there
// are many classes.
type ranking struct {
	steps   []step // by descending probability
	members int
	others  int
}

// A step is a probability that one or more members have.
type step struct {
	probability float64
	members     int // with this probability
	equal       int // others with this probability
	above       int // others between it and the step before
}

func newRanking(members []float64) *ranking {
	slices.Sort(members)
	r := &ranking{members: len(members)}
	for _, p := range slices.Backward(members) {
		if last := len(r.steps) - 1; last < 0 || r.steps[last].probability != p {
			r.steps = append(r.steps, step{probability: p})
		}
		r.steps[len(r.steps)-1].members++
	}
	return r
}

// addOther places an image that is not of the class. The search is inlined, as
// it runs for every image and class.
func (r *ranking) addOther(probability float64) {
	r.others++
	low, high := 0, len(r.steps) // the first step that is not above it
	for low < high {
		middle := int(uint(low+high) / 2)
		if r.steps[middle].probability > probability {
			low = middle + 1
		} else {
			high = middle
		}
	}
	switch {
	case low == len(r.steps): // below all members
	case r.steps[low].probability == probability:
		r.steps[low].equal++
	default:
		r.steps[low].above++
	}
}

// area is the share of pairs of a member and another image in which the member
// comes first, equal ones counting half: the area under the ROC curve (Hanley
// and McNeil, 1982).
func (r *ranking) area() float64 {
	var pairs float64
	below := r.others
	for _, s := range r.steps {
		below -= s.above + s.equal
		pairs += float64(s.members) * (float64(below) + float64(s.equal)/2)
	}
	return pairs / float64(r.members) / float64(r.others)
}

// averagePrecision is the mean, over the members, of the precision among the
// images that rank no lower.
func (r *ranking) averagePrecision() float64 {
	var sum float64
	var members, others int
	for _, s := range r.steps {
		members += s.members
		others += s.above + s.equal
		sum += float64(s.members) * ratio(members, members+others)
	}
	return sum / float64(r.members)
}
