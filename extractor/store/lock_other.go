//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package store

import "os"

// lock does nothing where an open file cannot be replaced by another anyway.
func lock(*os.File) error { return nil }

// unlock does nothing where closing the file is enough to give up bbolt's lock.
func unlock(*os.File) {}
