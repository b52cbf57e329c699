package store

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// rename is os.Rename; tests make it fail.
var rename = os.Rename

// temporaryPrefix begins the names of what is not, or no longer, part of the
// store; atomicfile's begin so too.
const temporaryPrefix = ".tmp-"

// abandoned is the age at which something temporary belongs to a process that
// was killed: a living one needs it for less than a second.
const abandoned = time.Hour

func temporary(dir string) string {
	return filepath.Join(dir, fmt.Sprintf("%s%016x", temporaryPrefix, rand.Uint64()))
}

// sweep removes what killed processes have left in a folder. What cannot be
// removed, as in a store that we may only read, does no harm.
func sweep(dir string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), temporaryPrefix) {
			continue
		}
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > abandoned {
			os.RemoveAll(filepath.Join(dir, e.Name()))
		}
	}
}
