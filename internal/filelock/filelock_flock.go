//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package filelock

import (
	"errors"
	"syscall"
)

func try(file interface{ Fd() uintptr }, mode Mode) error {
	how := syscall.LOCK_SH
	if mode == Exclusive {
		how = syscall.LOCK_EX
	}
	for {
		err := syscall.Flock(int(file.Fd()), how|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			return outcome(err)
		}
	}
}

// outcome is what an error of flock means to the caller.
func outcome(err error) error {
	switch {
	case errors.Is(err, syscall.EWOULDBLOCK):
		return ErrHeld
	case errors.Is(err, errors.ErrUnsupported), errors.Is(err, syscall.ENOLCK): // some network file systems
		return nil
	}
	return err
}

// Unlock gives a lock up. Closing the file is not enough where it is mapped: the
// mapping keeps the open file alive, to which the lock belongs.
func Unlock(file interface{ Fd() uintptr }) { syscall.Flock(int(file.Fd()), syscall.LOCK_UN) }
