//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package store

import (
	"os"
	"syscall"
)

// unlock gives up bbolt's lock. Closing the file is not enough: the lock belongs
// to the open file, which a mapping that bbolt has left behind keeps alive.
func unlock(f *os.File) { syscall.Flock(int(f.Fd()), syscall.LOCK_UN) }
