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

func TestNamesInCSVCannotWriteOnATerminal(t *testing.T) {
	var out strings.Builder
	csv := "path,class\n\"a\x1b]0;owned\x07.jpg\",cats\n"
	if n, err := (escaping{&out}).Write([]byte(csv)); n != len(csv) || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if want := "path,class\n\"a\\x1b]0;owned\\a.jpg\",cats\n"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}
