package headstart

import (
	"fmt"

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
		classes := make([]string, len(r.Uneven))
		for i, u := range r.Uneven {
			classes[i] = fmt.Sprintf("%s %d to %d", wording.Name(u.Class), u.Fewest, u.Most)
		}
		n.note("groups make folds uneven, in images a fold: %s", wording.FirstFew(classes))
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
