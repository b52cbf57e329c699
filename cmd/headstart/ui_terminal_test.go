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
