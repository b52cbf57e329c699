//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package store

import "os"

// unlock does nothing where closing the file is enough to give up bbolt's lock.
func unlock(*os.File) {}
