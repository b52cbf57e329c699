package head

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/edsrzf/mmap-go"
	"golang.org/x/sys/unix"
)

// Data of 94 MiB.
const (
	largeRows = 48_000
	largeDim  = 512
)

// memoryTask names in the environment of this test's own program what it is to
// do with the file of rows that its argument names, instead of tests.
const memoryTask = "HEAD_TEST_MEMORY_TASK"

func TestMain(m *testing.M) {
	if task := os.Getenv(memoryTask); task != "" {
		if err := underLimit(task, os.Args[1]); err != nil {
			log.Fatal(err)
		}
		return
	}
	os.Exit(m.Run())
}

// TestDataLargerThanMemoryTrains fits in a process that is given, beyond what
// it has when it starts, three quarters of the memory that the data would take.
func TestDataLargerThanMemoryTrains(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rows")
	if err := writeLargeRows(path); err != nil {
		t.Fatal(err)
	}
	run := func(task string) (string, error) {
		program := exec.Command(os.Args[0], path)
		program.Env = append(os.Environ(), memoryTask+"="+task)
		said, err := program.CombinedOutput()
		return string(said), err
	}
	for _, kind := range []string{Auto, MLP} { // auto tries all others
		if said, err := run(kind); err != nil {
			t.Errorf("%s: %v\n%s", kind, err, said)
		}
	}
	if said, err := run("copy"); err == nil || !strings.Contains(said, "memory") {
		t.Errorf("the limit lets the data be copied: %v\n%s", err, said)
	}
}

// underLimit maps the rows and limits the memory that the process may write,
// which the mapped rows are no part of.
func underLimit(task, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	data, err := mmap.Map(file, mmap.RDONLY, 0)
	if err != nil {
		return err
	}
	x := matrix{largeDim, unsafe.Slice((*float32)(unsafe.Pointer(&data[0])), len(data)/4)}
	now, err := writableMemory()
	if err != nil {
		return err
	}
	limit := now + uint64(len(data)/4*3)
	if err := unix.Setrlimit(unix.RLIMIT_DATA, &unix.Rlimit{Cur: limit, Max: limit}); err != nil {
		return err
	}
	if task == "copy" {
		_ = slices.Clone(x.values)
		return nil
	}
	labels := make([]int, x.Len())
	for i := range labels {
		labels[i] = i % 2
	}
	_, _, err = Fit(context.Background(), x, labels, names(2), Options{Head: task, Hidden: 4, Folds: 2})
	return err
}

// writableMemory is what Linux counts of the process against RLIMIT_DATA.
func writableMemory() (uint64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(status), "\nVmData:")
	var kilobytes uint64
	_, err = fmt.Sscan(rest, &kilobytes)
	return kilobytes << 10, err
}

// writeLargeRows draws values from 1 to 2, an eighth larger for every other row.
func writeLargeRows(path string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	out := bufio.NewWriterSize(file, 1<<20)
	chance := rand.New(rand.NewPCG(1, 2))
	row := make([]byte, 0, 4*largeDim)
	for i := range largeRows {
		row = row[:0]
		for range largeDim {
			const one, eighth = 0x3f800000, 0x00100000 // float32 of 1, and what ⅛ more adds to its bits
			row = binary.LittleEndian.AppendUint32(row, one+chance.Uint32()>>9+uint32(i%2)*eighth)
		}
		if _, err := out.Write(row); err != nil {
			return err
		}
	}
	return out.Flush()
}
