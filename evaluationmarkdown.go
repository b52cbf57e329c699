package headstart

import (
	"fmt"
	"slices"
	"strings"

	"github.com/digitalinnovationone/headstart/head/metrics"
	"github.com/digitalinnovationone/headstart/internal/wording"
)

// Markdown returns the evaluation as GitHub-flavoured Markdown, for the summary of
// a CI job: scores, gates, what is in doubt, and the n most confident mistakes.
func (e *Evaluation) Markdown(n int) string {
	var m markdown
	title := wording.Name(e.Head)
	if title == "" {
		title = "head"
	}
	m.line("### %s: %s", markdownText(title), markdownText(e.title()))
	m.line("**%s**", markdownText(e.Summary()))
	m.gates(e.Gates)
	if e.Unreadable > 0 {
		m.line("- %s could not be read", wording.Count(e.Unreadable, "image", "images"))
	}
	for _, n := range e.Notes {
		kind := ""
		if n.Warning {
			kind = "**warning:** "
		}
		m.line("- %s%s", kind, markdownText(n.Text))
	}
	totals := slices.Concat(e.totalRows(), e.unknownRows(), e.choiceRows())
	if len(totals) > 0 {
		m.table(append([][]string{{"score", "value"}}, totals...))
	}
	if e.Comparison != nil && e.NotMeasured == "" {
		m.line("%s", markdownText(e.Comparison.String()))
	}
	m.table(e.classRows())
	m.table(confusionRows(e.Metrics))
	m.table(mistakeRows(e.Mistakes(n)))
	return m.String()
}

// markdown is text that is being written, a block after the other.
type markdown struct{ strings.Builder }

// line writes a block of one line.
func (m *markdown) line(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if m.Len() > 0 {
		m.WriteByte('\n')
	}
	m.WriteString(text + "\n")
}

// gates writes a table of gates, each with why it was not met.
func (m *markdown) gates(gates []metrics.GateResult) {
	rows := [][]string{{"", "gate", "value", "must be"}}
	var reasons []string
	for _, g := range gates {
		mark := "✓"
		if !g.Met {
			mark = "✗"
			reasons = append(reasons, g.Reason)
		}
		value, bound := "-", "≥"
		if g.AtMost {
			bound = "≤"
		}
		bound += fmt.Sprintf(" %.6g", g.Bound)
		if g.Value != nil {
			value = fmt.Sprintf("%.4g", *g.Value)
		}
		switch g.On {
		case metrics.OnLower:
			value += " (lower bound)"
		case metrics.OnP:
			value = "p = " + value
		}
		rows = append(rows, []string{mark, wording.Line(g.Gate), value, bound})
	}
	if len(gates) == 0 {
		return
	}
	m.table(rows)
	for _, reason := range reasons {
		m.line("- **gate not met:** %s", markdownText(wording.Line(reason)))
	}
}

// table writes rows of cells, the first of which are titles.
func (m *markdown) table(rows [][]string) {
	if len(rows) == 0 {
		return
	}
	m.WriteByte('\n')
	for i, row := range rows {
		for _, cell := range row {
			m.WriteString("| " + markdownText(cell) + " ")
		}
		m.WriteString("|\n")
		if i == 0 {
			m.WriteString("|" + strings.Repeat("---|", len(row)) + "\n")
		}
	}
}

// markdownText escapes what Markdown would take for more than text, a mention or
// HTML. A line break becomes a space.
func markdownText(text string) string {
	var escaped strings.Builder
	for _, r := range text {
		switch {
		case r == '\n' || r == '\r':
			r = ' '
		case strings.ContainsRune("\\`*_{}[]<>()#+!|~&$@", r):
			escaped.WriteByte('\\')
		}
		escaped.WriteRune(r)
	}
	return escaped.String()
}
