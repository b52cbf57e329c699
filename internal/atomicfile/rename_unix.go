//go:build !windows

package atomicfile

import "os"

// rename replaces new, whoever has it open.
func rename(old, new string) error { return os.Rename(old, new) }
