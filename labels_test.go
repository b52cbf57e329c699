package headstart

import (
	"testing"

	"github.com/digitalinnovationone/headstart/dataset"
)

func TestLabelsAreCheckedOfImagesAlone(t *testing.T) {
	for _, test := range []struct {
		sample dataset.Sample
		ok     bool
	}{
		{dataset.Sample{Path: "x/1.jpg", Label: "cats"}, true},
		{dataset.Sample{Path: "x/1.jpg", Label: "birds"}, false},
		{dataset.Sample{Path: "x/notes.txt", Label: "birds"}, true},
		{dataset.Sample{Path: "x/notes.txt", Label: "birds", Explicit: true}, false},
		{dataset.Sample{Path: "x/lost+found", Explicit: true, UnreadableDir: true}, true},
	} {
		if err := checkLabels([]dataset.Sample{test.sample}, []string{"cats", "dogs"}); (err == nil) != test.ok {
			t.Errorf("%+v: %v", test.sample, err)
		}
	}
}
