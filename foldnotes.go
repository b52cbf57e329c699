package headstart

import (
	"cmp"
	"slices"

	"github.com/digitalinnovationone/headstart/head"
	"github.com/digitalinnovationone/headstart/internal/wording"
)

// noteFolds says what cross-validation could not measure, or not evenly.
func (n *notes) noteFolds(r *TrainReport) {
	if r.CrossValidated == nil {
		n.warn("no cross-validation, since %s: how good the head is was not measured", r.NotMeasured)
		return
	}
	if len(r.Unmeasured) > 0 {
		n.warn("%s only one image or one group, and no cross-validated scores: %s",
			wording.Count(len(r.Unmeasured), "class has", "classes have"), fewNames(r.Unmeasured))
	}
	if len(r.Uneven) > 0 {
		widest := slices.MaxFunc(r.Uneven, func(a, b head.Uneven) int { return cmp.Compare(a.Most-a.Fewest, b.Most-b.Fewest) })
		classes := make([]string, len(r.Uneven))
		for i, u := range r.Uneven {
			classes[i] = u.Class
		}
		n.note("groups leave folds uneven in %s (%s: %d to %d images a fold): %s",
			wording.Count(len(classes), "class", "classes"), wording.Name(widest.Class), widest.Fewest, widest.Most, fewNames(classes))
	}
}

// fewNames joins the first few of the names.
func fewNames(names []string) string {
	shown := make([]string, len(names))
	for i, name := range names {
		shown[i] = wording.Name(name)
	}
	return wording.FirstFew(shown)
}
