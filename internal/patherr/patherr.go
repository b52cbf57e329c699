// Package patherr takes the path out of an error of the file system, for
// messages that name the file themselves.
package patherr

import (
	"errors"
	"io/fs"
)

// Strip returns what err says besides the operation and the path: the Err of an
// [fs.PathError] in its chain, or err itself where there is none.
func Strip(err error) error {
	if named, ok := errors.AsType[*fs.PathError](err); ok {
		return named.Err
	}
	return err
}

// StripPath is Strip for errors about path only. Those about another file keep
// its name.
func StripPath(err error, path string) error {
	if named, ok := errors.AsType[*fs.PathError](err); ok && named.Path == path {
		return named.Err
	}
	return err
}
