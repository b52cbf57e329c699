package headstart

import (
	"fmt"
	"strings"
	"testing"

	"github.com/digitalinnovationone/headstart/head"
	"github.com/digitalinnovationone/headstart/head/metrics"
)

func TestReportSaysWhatFoldsCannotMeasure(t *testing.T) {
	for note, r := range map[string]*TrainReport{
		"no cross-validation, since no class has two images": {NotMeasured: "no class has two images"},
		"2 classes have only one image or one group, and no cross-validated scores: a, b": {
			CrossValidated: new(metrics.Metrics), Unmeasured: []string{"a", "b"},
		},
		"groups make folds uneven, in images a fold: a 1 to 4, b 0 to 9": {
			CrossValidated: new(metrics.Metrics), Uneven: []head.Uneven{{Class: "a", Fewest: 1, Most: 4}, {Class: "b", Most: 9}},
		},
	} {
		var n notes
		n.noteFolds(r)
		if said := fmt.Sprint(n); len(n) != 1 || !strings.Contains(said, note) {
			t.Errorf("%s, not %s", said, note)
		}
	}
}
