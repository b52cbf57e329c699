package download

import (
	"fmt"
	"os"
)

// Lock keeps other processes from what they, too, do under the lock of this
// path, until unlock is called. It does not wait: where another one holds the
// lock it fails. The lock is a file at path, which unlock removes; what a killed
// process leaves of it holds nobody up. On Windows it never does.
func Lock(path string) (unlock func(), err error) {
	if err := makeFolder(path); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, fmt.Errorf("cannot create %s: %w", path, withoutPath(err))
	}
	if err := lockNamed(file, path); err != nil {
		file.Close()
		return nil, err
	}
	return func() {
		os.Remove(path) // before anybody else can lock it
		file.Close()
	}, nil
}
