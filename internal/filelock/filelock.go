// Package filelock keeps processes from writing one file at the same time.
package filelock

import (
	"errors"
	"fmt"
	"time"
)

// ErrHeld is what Try returns where another open file, as a rule of another
// process, has the lock.
var ErrHeld = errors.New("another process is writing it")

// Mode says what a lock keeps others from.
type Mode int

// The modes.
const (
	Shared    Mode = iota // others may have a Shared lock at the same time
	Exclusive             // nobody else has a lock
)

// Try locks an open file for this process alone, and does not wait: where the
// lock is taken it returns ErrHeld. The lock ends when the file is closed, or the
// process. Files that nobody tries to lock are not kept from being written, nor
// are those on file systems that have no such lock, where Try does nothing.
func Try(file interface{ Fd() uintptr }) error { return try(file, Exclusive) }

// Lock is Try in either mode, and waits for the lock up to limit.
func Lock(file interface{ Fd() uintptr }, mode Mode, limit time.Duration) error {
	const longest = 10 * time.Millisecond
	deadline := time.Now().Add(limit)
	for pause := 50 * time.Microsecond; ; pause = min(2*pause, longest) {
		err := try(file, mode)
		if !errors.Is(err, ErrHeld) {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%w for %v now", ErrHeld, limit)
		}
		time.Sleep(pause)
	}
}
