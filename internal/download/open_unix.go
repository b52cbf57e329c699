//go:build !windows

package download

import "os"

// openShared opens or creates a file to read and write, which may be renamed and
// removed while it is open.
func openShared(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
}
