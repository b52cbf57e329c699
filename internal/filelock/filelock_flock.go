//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package filelock

import (
	"errors"
	"syscall"
)

// Try locks an open file for this process alone, and does not wait: where the
// lock is taken it returns ErrHeld. The lock ends when the file is closed, or the
// process. Files that nobody tries to lock are not kept from being written.
func Try(file interface{ Fd() uintptr }) error {
	err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return ErrHeld
	}
	return err
}
