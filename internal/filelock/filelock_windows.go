package filelock

import (
	"errors"

	"golang.org/x/sys/windows"
)

// Windows keeps others from reading what is locked: so a byte is locked that no
// file has.
func try(file interface{ Fd() uintptr }, mode Mode) error {
	flags := uint32(windows.LOCKFILE_FAIL_IMMEDIATELY)
	if mode == Exclusive {
		flags |= windows.LOCKFILE_EXCLUSIVE_LOCK
	}
	farAway := windows.Overlapped{OffsetHigh: 1 << 30}
	err := windows.LockFileEx(windows.Handle(file.Fd()), flags, 0, 1, 0, &farAway)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return ErrHeld
	}
	return err
}

// Unlock does nothing where closing the file is enough to give a lock up.
func Unlock(interface{ Fd() uintptr }) {}
