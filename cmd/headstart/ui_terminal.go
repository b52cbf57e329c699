package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode"
	"unicode/utf8"

	"golang.org/x/term"

	"github.com/digitalinnovationone/headstart"
)

// terminal is the one place that prints: what was asked for to out, all else
// to err.
type terminal struct {
	out, err io.Writer
	live     bool // err is a terminal, where a line can be drawn again

	kept string // of a command that is interrupted now, in words; "" says nothing
}

func newTerminal() *terminal {
	return &terminal{out: os.Stdout, err: os.Stderr, live: term.IsTerminal(int(os.Stderr.Fd()))}
}

// print writes a line of what the user asked for.
func (t *terminal) print(format string, args ...any) error {
	_, err := fmt.Fprintln(t.out, onOneLine(fmt.Sprintf(format, args...)))
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

// onOneLine shows what would disturb the terminal as Go's strings do: names of
// files may hold anything.
func onOneLine(text string) string {
	var line strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		if shows(r) && (r != utf8.RuneError || size > 1) {
			line.WriteRune(r)
		} else {
			quoted := strconv.Quote(text[:size])
			line.WriteString(quoted[1 : len(quoted)-1])
		}
		text = text[size:]
	}
	return line.String()
}

// shows tells whether a character disturbs no terminal: whether it can be seen,
// is a space, or joins, parts or breaks what is seen without turning its order
// around.
func shows(r rune) bool {
	return unicode.IsPrint(r) || unicode.Is(unicode.Zs, r) || unicode.Is(unicode.Cf, r) && !unicode.Is(unicode.Bidi_Control, r)
}

// printable quotes a name that would disturb the terminal.
func printable(name string) string {
	if strings.ContainsFunc(name, func(r rune) bool { return !shows(r) }) || !utf8.ValidString(name) {
		return strconv.Quote(name)
	}
	return name
}

// note tells the user something besides.
func (t *terminal) note(format string, args ...any) {
	fmt.Fprintln(t.err, onOneLine(fmt.Sprintf(format, args...)))
}

// fail tells why a command failed and, where it is known, the way on.
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
		t.note("unreadable: %s: %v", printable(u.Path), u.Err)
	}
}
