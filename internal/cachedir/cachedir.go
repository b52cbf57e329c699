// Package cachedir names the folder in which headstart keeps what it can get
// again: ONNX Runtime's library, backbones and, by default, the store.
package cachedir

import (
	"fmt"
	"os"
	"path/filepath"
)

// Join returns the path of elem inside headstart's folder of the user's
// cache: $XDG_CACHE_HOME/headstart where that variable is set, else
// "headstart" in the platform's cache folder. It creates nothing, and fails
// only where the user has no home or, on Linux, where the variable is a relative
// path.
func Join(elem ...string) (string, error) {
	base := os.Getenv("XDG_CACHE_HOME")
	if !filepath.IsAbs(base) {
		var err error
		if base, err = os.UserCacheDir(); err != nil {
			return "", fmt.Errorf("cannot find the user's cache folder: %w", err)
		}
	}
	return filepath.Join(append([]string{base, "headstart"}, elem...)...), nil
}
