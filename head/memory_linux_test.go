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
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/edsrzf/mmap-go"
	"golang.org/x/sys/unix"

	"github.com/digitalinnovationone/headstart/internal/matrix"
)

// Data of 137 MiB.
const (
	largeRows = 70_000
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

// TestDataLargerThanMemoryTrains fits in a process whose heap can have no more
// than 128 MiB.
func TestDataLargerThanMemoryTrains(t *testing.T) {
	if info, ok := debug.ReadBuildInfo(); ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		t.Skip("the race detector takes memory of its own")
	}
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
	if _, err := run("copy"); err == nil {
		t.Error("the limit lets the data be copied")
	}
}

// underLimit maps the rows and then limits the addresses that the process may
// use to a few more than it has. Go takes those of its heap by 64 MiB, and the
// first when it starts: there is room for the second alone. A limit on data
// instead would not count what lies in addresses that are taken.
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
	x := matrix.Dense{Data: unsafe.Slice((*float32)(unsafe.Pointer(&data[0])), len(data)/4), Cols: largeDim}
	now, err := addresses()
	if err != nil {
		return err
	}
	const more = (64 + 32) << 20 // 32 for threads, and what Go notes of its heap
	limit := now + more
	debug.SetMemoryLimit(64 << 20) // garbage is not to grow with how busy the machine is
	if err := unix.Setrlimit(unix.RLIMIT_AS, &unix.Rlimit{Cur: limit, Max: limit}); err != nil {
		return err
	}
	if task == "copy" {
		copied := slices.Clone(x.Data)
		runtime.KeepAlive(copied)
		return nil
	}
	labels := make([]int, x.Len())
	for i := range labels {
		labels[i] = i % 2
	}
	_, _, err = Fit(context.Background(), x, labels, names(2), Options{Head: task, Hidden: 4, Folds: 2})
	return err
}

// addresses is how many bytes Linux counts of the process against RLIMIT_AS.
func addresses() (uint64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(status), "\nVmSize:")
	var kilobytes uint64
	_, err = fmt.Sscan(rest, &kilobytes)
	return kilobytes << 10, err
}

// writeLargeRows draws values from 1 to 2.
func writeLargeRows(path string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	out := bufio.NewWriterSize(file, 1<<20)
	rng := rand.New(rand.NewPCG(1, 2))
	row := make([]byte, 0, 4*largeDim)
	for range largeRows {
		row = row[:0]
		for range largeDim {
			const one = 0x3f800000 // the float32
			row = binary.LittleEndian.AppendUint32(row, one+rng.Uint32()>>9)
		}
		if _, err := out.Write(row); err != nil {
			return err
		}
	}
	return out.Flush()
}
