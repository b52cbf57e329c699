//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package store

import (
	"os"
	"syscall"
)

// lock takes bbolt's lock on a file that bbolt itself cannot open, and waits for
// it as long as another process writes.
func lock(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_EX) }

// unlock gives up bbolt's lock. Closing the file is not enough: the lock belongs
// to the open file, which a mapping that bbolt has left behind keeps alive.
func unlock(f *os.File) { syscall.Flock(int(f.Fd()), syscall.LOCK_UN) }
