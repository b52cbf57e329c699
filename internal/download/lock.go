package download

import (
	"errors"
	"fmt"
	"os"

	"github.com/digitalinnovationone/headstart/internal/patherr"
)

// Lock takes the lock at path, which other processes take too, until unlock is
// called. It does not wait: it fails if another process holds the lock. The lock
// is an empty file at path, which unlock removes; one that a killed process left
// behind does no harm.
func Lock(path string) (unlock func(), err error) {
	if err := makeFolder(path); err != nil {
		return nil, err
	}
	file, err := openShared(path)
	if err != nil {
		return nil, fmt.Errorf("cannot create %s: %w", path, patherr.Strip(err))
	}
	if info, err := file.Stat(); err != nil || info.Size() > 0 || !info.Mode().IsRegular() {
		file.Close()
		return nil, errors.Join(err, foreign(path))
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
