package main

import (
	"errors"
	"strings"
	"testing"
)

// Names in messages cannot write on the terminal, nor begin a line of their own.
func TestMessagesAreOneLineEach(t *testing.T) {
	var out, err strings.Builder
	terminal := terminal{out: &out, err: &err}
	terminal.fail(errors.New("cannot read \x1b[31mé \"x\"\nhint: \xff\ufffd"))
	if got, want := err.String(), `headstart: cannot read \x1b[31mé "x"\nhint: \xff`+"\ufffd\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if err := terminal.print("installed %s", "a\tb"); err != nil || out.String() != "installed a\\tb\n" {
		t.Errorf("%q, %v", out.String(), err)
	}
}

// Scripts and emoji need characters that are not seen; those that turn text
// around can make a name look like another one.
func TestNamesAreShownAsTheyAreWritten(t *testing.T) {
	for name, want := range map[string]string{
		"👩\u200d🌾.jpg":   "👩\u200d🌾.jpg",
		"می\u200cخواهم":  "می\u200cخواهم",
		"10\u00a0km":     "10\u00a0km",
		"a\u202egpj.exe": `a\u202egpj.exe`,
		"a\u2028b":       `a\u2028b`,
	} {
		if got := onOneLine(name); got != want {
			t.Errorf("%+q is shown as %+q", name, got)
		}
		if got := printable(name); (got == name) != (want == name) {
			t.Errorf("%+q is printed as %+q", name, got)
		}
	}
}
