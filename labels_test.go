package headstart

import (
	"os"
	"path/filepath"
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

// Both look the same. The first is one character, the second two.
const composed, decomposed = "caf\u00e9", "cafe\u0301"

// Heads of older versions, and programs, may have names in any Unicode form.
func TestClassesAreFoundInEitherUnicodeForm(t *testing.T) {
	for _, classes := range [][]string{{"b", composed}, {"b", decomposed}} {
		samples := []dataset.Sample{{Path: "1.jpg", Label: composed}, {Path: "2.jpg", Label: decomposed}, {Path: "3.jpg", Label: "b"}}
		if labels, err := labelsOf(samples, classes); err != nil || labels[0] != 1 || labels[1] != 1 || labels[2] != 0 {
			t.Errorf("%+q: %v, %v", classes, labels, err)
		}
		w := ClassWeights{ByClass: map[string]float64{decomposed: 3}}
		if err := w.check(classes); err != nil {
			t.Error(err)
		}
		if weights := rowWeights(samples, []int{1, 1, 0}, classes, w); weights[0] != 3 || weights[1] != 3 || weights[2] != 1 {
			t.Errorf("%+q: weights %v", classes, weights)
		}
	}
}

func TestClassWeightsOfOtherPrograms(t *testing.T) {
	for name, text := range map[string]string{
		"plain":     "cats,2.5\ndogs,0.5\n",
		"header":    "class,weight\ncats,2.5\ndogs,0.5\n",
		"German":    "\ufeffClass;Weight\r\ncats;2,5\r\ndogs;0,5\r\n",
		"no header": "cats;2,5\r\ndogs;0,5\r\n",
		"tabs":      "cats\t2.5\rdogs\t0.5\r",
		"spaces":    "class, weight\n cats, 2.5\n\"dogs\", 0.5\n",
		"sep=":      "sep=;\ncats;2,5\ndogs;0,5;;\n",
	} {
		path := filepath.Join(t.TempDir(), "weights.csv")
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		w, err := ReadClassWeights(path)
		if err != nil || len(w.ByClass) != 2 || w.ByClass["cats"] != 2.5 || w.ByClass["dogs"] != 0.5 {
			t.Errorf("%s: %v, %v", name, w.ByClass, err)
		}
	}
}
