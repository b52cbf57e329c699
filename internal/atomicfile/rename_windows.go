package atomicfile

import (
	"errors"
	"os"
	"time"

	"golang.org/x/sys/windows"
)

// rename replaces new, as soon as nobody has it open.
func rename(old, new string) error {
	return patiently(func() error { return os.Rename(old, new) }, func(err error) bool {
		return errors.Is(err, windows.ERROR_SHARING_VIOLATION) || errors.Is(err, windows.ERROR_ACCESS_DENIED)
	}, 2*time.Second)
}
