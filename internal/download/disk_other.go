//go:build !(linux || darwin || freebsd || windows)

package download

// freeSpace does not know.
func freeSpace(string) (bytes int64, known bool) { return 0, false }
