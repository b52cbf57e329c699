package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"golang.org/x/term"

	"github.com/digitalinnovationone/headstart"
	"github.com/digitalinnovationone/headstart/internal/wording"
)

// terminal is the one place that prints: what was asked for to out, all else
// to err.
type terminal struct {
	out, err io.Writer
	live     bool // err is a terminal, where a line can be drawn again

	kept string // of a command that is interrupted now, in words; "" says nothing
}

func newTerminal() *terminal {
	t := &terminal{out: os.Stdout, err: os.Stderr, live: term.IsTerminal(int(os.Stderr.Fd()))}
	if term.IsTerminal(int(os.Stdout.Fd())) {
		t.out = escaping{os.Stdout}
	}
	return t
}

// escaping is a terminal on which names in CSV and JSON cannot write what they
// like.
type escaping struct{ io.Writer }

func (e escaping) Write(p []byte) (int, error) {
	lines := strings.Split(string(p), "\n")
	for i := range lines {
		lines[i] = wording.Line(lines[i])
	}
	if _, err := io.WriteString(e.Writer, strings.Join(lines, "\n")); err != nil {
		return 0, err
	}
	return len(p), nil
}

// print writes a line of what the user asked for.
func (t *terminal) print(format string, args ...any) error {
	_, err := fmt.Fprintln(t.out, wording.Line(fmt.Sprintf(format, args...)))
	return err
}

// table writes rows of cells, aligned.
func (t *terminal) table(rows [][]string) error {
	w := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		for i, cell := range row {
			if i > 0 {
				fmt.Fprint(w, "\t")
			}
			fmt.Fprint(w, cell)
		}
		fmt.Fprintln(w)
	}
	return w.Flush()
}

// json writes v, indented.
func (t *terminal) json(v any) error {
	encoder := json.NewEncoder(t.out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}

// show prints v as JSON if that is asked for, and otherwise as text does.
func (t *terminal) show(asJSON bool, v any, text func() error) error {
	if asJSON {
		return t.json(v)
	}
	return text()
}

// note prints a message that is not part of the result.
func (t *terminal) note(format string, args ...any) {
	fmt.Fprintln(t.err, wording.Line(fmt.Sprintf(format, args...)))
}

// fail prints why a command failed and, where there is one, a hint.
func (t *terminal) fail(err error) {
	t.note("headstart: %v", err)
	if hint := hintFor(err); hint != "" {
		t.note("hint: %s", hint)
	}
}

// notes prints the notes and warnings of a report.
func (t *terminal) notes(notes []headstart.Note) {
	for _, n := range notes {
		kind := "note"
		if n.Warning {
			kind = "warning"
		}
		t.note("%s: %s", kind, n.Text)
	}
}

// listUnreadable names images that could not be read, each with its reason.
func (t *terminal) listUnreadable(images []headstart.Unreadable) {
	for _, u := range images {
		t.note("unreadable: %s: %v", wording.Name(u.Path), u.Err)
	}
}
