package filelock

import (
	"errors"

	"golang.org/x/sys/windows"
)

// farAway is where a byte is locked that no file has: Windows keeps others from
// reading what is locked.
func farAway() *windows.Overlapped { return &windows.Overlapped{OffsetHigh: 1 << 30} }

func try(file interface{ Fd() uintptr }, mode Mode) error {
	flags := uint32(windows.LOCKFILE_FAIL_IMMEDIATELY)
	if mode == Exclusive {
		flags |= windows.LOCKFILE_EXCLUSIVE_LOCK
	}
	err := windows.LockFileEx(windows.Handle(file.Fd()), flags, 0, 1, 0, farAway())
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) || errors.Is(err, windows.ERROR_IO_PENDING) {
		return ErrHeld
	}
	return err
}

// Unlock gives a lock up, which closing the file does too.
func Unlock(file interface{ Fd() uintptr }) {
	windows.UnlockFileEx(windows.Handle(file.Fd()), 0, 1, 0, farAway())
}
