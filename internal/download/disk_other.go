//go:build !(linux || darwin || freebsd)

package download

// lockFile does nothing where there is no such lock: two processes that write
// one partial file are found out by its digest.
func lockFile(uintptr) error { return nil }

// freeSpace does not know.
func freeSpace(string) (bytes int64, known bool) { return 0, false }
