//go:build linux || openbsd || dragonfly || solaris

package dataset

import (
	"os"
	"syscall"
)

func changeTimeAndInode(info os.FileInfo) (int64, uint64) {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return stat.Ctim.Nano(), uint64(stat.Ino)
	}
	return 0, 0
}
