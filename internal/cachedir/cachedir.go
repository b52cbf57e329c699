// Package cachedir names headstart's folder in the user's cache, for files that
// can be fetched or computed again: ONNX Runtime's library, backbones and, by
// default, the store.
package cachedir

import (
	"fmt"
	"os"
	"path/filepath"
)

// Join returns the path of elem in that folder: $XDG_CACHE_HOME/headstart if the
// variable is set, else headstart in the platform's cache folder. It creates
// nothing. It fails only if the user has no home folder or, on Linux, if the
// variable is a relative path.
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
