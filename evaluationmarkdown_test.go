package headstart

import (
	"strings"
	"testing"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/head/metrics"
)

// Names of classes and files may hold anything, and the report is still one table
// after the other.
func TestMarkdownIsNoneOfTheNames(t *testing.T) {
	odd := []string{"a|b", "`c`", "two\nlines", "<img src=x>", "*d*", "[e](f)", "@g", `h\`, "~~i~~", "# j", "\u202ek"}
	p := &labelledPredictions{classes: odd}
	var rows [][]float64
	for i, class := range odd {
		p.samples = append(p.samples, dataset.Sample{Path: class + "/" + class, Label: class})
		p.labels, p.groups = append(p.labels, i), append(p.groups, i)
		p.answers = append(p.answers, answer{class: (i + 1) % len(odd), probability: 0.9})
		row := make([]float64, len(odd))
		row[(i+1)%len(odd)] = 1
		rows = append(rows, row)
	}
	e := &Evaluation{Head: "a_b.onnx", predictions: p, Metrics: metrics.Evaluate(rows, p.labels, nil, odd)}
	e.Gates = append(e.Gates, metrics.Gate{Name: "min-recall", Class: "a|b", Bound: 0.5}.Check(e.Metrics))
	e.said().warn("%s", odd[0])
	text := e.Markdown(len(odd))
	cells := 0 // of the table that a line belongs to
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		plain := strings.NewReplacer(`\\`, "", `\|`, "", "\\`", "", `\<`, "", `\*`, "", `\[`, "", `\@`, "", `\~`, "", `\#`, "").Replace(line)
		table := strings.HasPrefix(line, "|")
		if n := strings.Count(plain, "|"); table && cells > 0 && n != cells || !table && n > 0 {
			t.Errorf("%d cells, and %d before: %s", n, cells, line)
		} else {
			cells = n
		}
		if table && strings.ContainsAny(plain, "`<*[@~#") {
			t.Errorf("not plain: %s", line)
		}
	}
	for _, want := range []string{"### a\\_b.onnx: scores\n", "| ✗ | --min-recall a\\|b=0.5 | 0 | ≥ 0.5 |", "- **warning:** a\\|b\n", `| "two\\nlines" |`, "- **gate not met:** "} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}
