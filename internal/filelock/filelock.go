// Package filelock keeps processes from writing one file at the same time.
package filelock

import "errors"

// ErrHeld is what Try returns where another open file, as a rule of another
// process, has the lock.
var ErrHeld = errors.New("another process is writing it")
