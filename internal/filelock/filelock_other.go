//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd || windows)

package filelock

// try does nothing where the system has no such lock.
func try(interface{ Fd() uintptr }, Mode) error { return nil }

// Unlock does nothing where closing the file is enough to give a lock up.
func Unlock(interface{ Fd() uintptr }) {}
