//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package filelock

import (
	"errors"
	"syscall"
)

// Try locks an open file for this process alone, and does not wait: where the
// lock is taken it returns ErrHeld. The lock ends when the file is closed, or the
// process. Files that nobody tries to lock are not kept from being written, nor
// are those on file systems that have no such lock, where Try does nothing.
func Try(file interface{ Fd() uintptr }) error {
	return outcome(syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB))
}

// outcome is what an error of flock means to the caller of Try.
func outcome(err error) error {
	switch {
	case errors.Is(err, syscall.EWOULDBLOCK):
		return ErrHeld
	case errors.Is(err, errors.ErrUnsupported), errors.Is(err, syscall.ENOLCK): // some network file systems
		return nil
	}
	return err
}
