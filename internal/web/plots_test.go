package web

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	headstart "github.com/digitalinnovationone/headstart"
)

func TestPlotsAreFilesOfTheirOwn(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "plots")
	for range 2 { // the second time replaces them
		names, err := WritePlots(folder, synthetic(t, hostile, 80), "pt")
		if err != nil {
			t.Fatal(err)
		}
		var base []string
		for _, name := range names {
			base = append(base, filepath.Base(name))
			content, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if text := xmlText(t, name, string(content)); !strings.Contains(text, "prefers-color-scheme") {
				t.Errorf("%s has no colours of its own", name)
			}
		}
		slices.Sort(base)
		if want := []string{"learning-log-loss.svg", "learning.svg", "map.svg", "precision-recall.svg", "probabilities.svg", "reliability.svg", "roc.svg", "transfer.svg", "unknown.svg"}; !slices.Equal(base, want) {
			t.Errorf("plots %q, not %q", base, want)
		}
	}
}

// xmlText returns the text of an XML file, or fails the test.
func xmlText(t *testing.T, name, content string) string {
	t.Helper()
	var text strings.Builder
	for decoder := xml.NewDecoder(strings.NewReader(content)); ; {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return text.String()
		} else if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if c, isText := token.(xml.CharData); isText {
			text.Write(c)
		}
	}
}

func TestPlotsReplaceNothingElse(t *testing.T) {
	folder := t.TempDir()
	mine := filepath.Join(folder, "roc.svg")
	if err := os.WriteFile(mine, []byte("<svg>mine</svg>"), 0o666); err != nil {
		t.Fatal(err)
	}
	_, err := WritePlots(folder, synthetic(t, flowers, 40), "")
	if content, _ := os.ReadFile(mine); err == nil || !strings.Contains(err.Error(), mine) || string(content) != "<svg>mine</svg>" {
		t.Errorf("error %v, and the file holds %q", err, content)
	}
}

func TestRocShowsTheWorstOfManyClasses(t *testing.T) {
	many := make([]string, 20)
	for i := range many {
		many[i] = strings.Repeat("c", i+1)
	}
	r := synthetic(t, many, 100)
	for i := range r.Measured.Classes {
		area := 0.5 + float64(i)/40
		r.Measured.Classes[i].ROCAUC = &area
	}
	w, err := wordsIn("")
	if err != nil {
		t.Fatal(err)
	}
	m := &maker{w, r, map[int]bool{}}
	p := m.rocPlot()
	if n := len(p.Chart.Series) - 1; n != maxCurves || !strings.HasSuffix(p.Chart.Series[1].Name, "c 0.500") || !strings.Contains(strings.Join(p.Texts, " "), "8 of 20") {
		t.Errorf("%d curves, the first %q, and %q", n, p.Chart.Series[1].Name, p.Texts)
	}
}

func TestCurveThatCannotTellPromisesNothing(t *testing.T) {
	r := synthetic(t, flowers, 40)
	r.Learning.Fit.CanTell = false
	page := written(t, r, "")
	if strings.Contains(page, "about 0.941") || !strings.Contains(page, "cannot be told") {
		t.Error("twice the photos promise an accuracy that the curve cannot tell")
	}
	r.Learning = &headstart.LearningCurve{Points: r.Learning.Points[:1]}
	if page := written(t, r, ""); !strings.Contains(page, "too few points") {
		t.Error("one point, and nothing is said of it")
	}
}

func TestOnlyTheHeadItselfIsChosen(t *testing.T) {
	var page strings.Builder
	if err := WriteReport(&page, synthetic(t, []string{"a", "b"}, 80), "en"); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(page.String(), "(chosen)"); n != 1 {
		t.Errorf("%d of the heads compared are chosen", n)
	}
	if !strings.Contains(page.String(), "logistic-unit, 2 blocks, earlier ones × 0.5") {
		t.Error("the page does not tell heads on several blocks from others")
	}
}
