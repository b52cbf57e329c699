//go:build unix

package matrix

import (
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
)

// A file that is cut short under its mapping ends the work of its readers, and
// not the program.
func TestFaultsReachWhoWaits(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rows")
	if err := os.WriteFile(path, make([]byte, 1<<20), 0o666); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	mapped, err := syscall.Mmap(int(file.Fd()), 0, 1<<20, syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Munmap(mapped)
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	var faults Faults
	var readers sync.WaitGroup
	sum := byte(0)
	for range 2 {
		readers.Go(func() { faults.Run(func() { sum += mapped[1<<19] }) })
	}
	readers.Wait()
	defer func() {
		if _, ok := recover().(interface{ Addr() uintptr }); !ok {
			t.Error("nothing was said of the fault")
		}
	}()
	faults.Rethrow()
}
