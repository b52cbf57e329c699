package patherr

import (
	"fmt"
	"io/fs"
	"testing"
)

func TestOnlyThePathIsStripped(t *testing.T) {
	named := fmt.Errorf("look: %w", &fs.PathError{Op: "open", Path: "a", Err: fs.ErrNotExist})
	other := fmt.Errorf("no path")
	for _, c := range []struct{ got, want error }{
		{Strip(named), fs.ErrNotExist},
		{Strip(other), other},
		{Strip(nil), nil},
		{StripPath(named, "a"), fs.ErrNotExist},
		{StripPath(named, "b"), named},
	} {
		if c.got != c.want {
			t.Errorf("%v, want %v", c.got, c.want)
		}
	}
}
