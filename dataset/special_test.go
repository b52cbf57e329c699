//go:build unix

package dataset

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func pipe(t *testing.T, path string) string {
	t.Helper()
	if err := syscall.Mkfifo(path, 0o666); err != nil {
		t.Skipf("no pipes: %v", err)
	}
	return path
}

// TestPipesAndDevicesAreNotWaitedFor has special files in all places that a scan
// looks at.
func TestPipesAndDevicesAreNotWaitedFor(t *testing.T) {
	root := tree(t, "cats/1.jpg", "dogs/2.jpg")
	pipe(t, filepath.Join(root, "cats", "pipe.jpg"))
	link(t, root, "cats/null.jpg → /dev/null", "cats/zero.jpg → /dev/zero")
	if socket, err := net.Listen("unix", filepath.Join(root, "cats", "s.jpg")); err == nil {
		defer socket.Close()
	}
	within(t, func() {
		d, err := Scan(t.Context(), root)
		if err != nil {
			t.Fatal(err)
		}
		wantLines(t, list(t, d, root), "cats cats/1.jpg", "dogs dogs/2.jpg")
	})

	alone := t.TempDir()
	for _, name := range []string{"m.csv", "m.jsonl", "x.zip", "train-images-idx3-ubyte"} {
		pipe(t, filepath.Join(alone, name))
		within(t, func() {
			if _, err := Scan(t.Context(), filepath.Join(alone, name)); err == nil || !strings.Contains(err.Error(), "not a regular file") {
				t.Errorf("%s: %v", name, err)
			}
		})
	}

	digits, _ := idxFiles(t, "", 10, 8, 640, 10)
	labels := filepath.Join(digits, "train-labels-idx1-ubyte")
	if err := os.Remove(labels); err != nil {
		t.Fatal(err)
	}
	pipe(t, labels)
	listed := manifest(t, "m.csv", "path\npipe\n/dev/zero\nx.zip#1.jpg\n")
	pipe(t, filepath.Join(filepath.Dir(listed), "pipe"))
	pipe(t, filepath.Join(filepath.Dir(listed), "x.zip"))
	within(t, func() {
		if _, err := Scan(t.Context(), digits); err == nil || !strings.Contains(err.Error(), "not a regular file") {
			t.Errorf("labels: %v", err)
		}
		d, err := ScanUnlabelled(t.Context(), listed)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range d.Samples {
			if _, err := s.Read(nil, 1<<20); err == nil {
				t.Errorf("%s was read", s.Path)
			}
		}
	})
}

// TestAFileThatWaitsIsGivenUp reads the kernel's log, a regular file that never
// ends.
func TestAFileThatWaitsIsGivenUp(t *testing.T) {
	const waits = "/proc/kmsg"
	file, err := os.OpenFile(waits, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Skipf("no file that waits: %v", err)
	}
	defer file.Close()
	if file.SetReadDeadline(time.Now().Add(time.Second)) != nil {
		t.Skip("no deadlines here")
	}
	readTimeout = 10 * time.Millisecond
	defer func() { readTimeout = 30 * time.Second }()
	within(t, func() {
		if _, err := FromFile(waits).Read(nil, 1<<30); err == nil {
			t.Error("it was read to its end")
		}
	})
	path := filepath.Join(t.TempDir(), "m.csv")
	if err := os.Symlink(waits, path); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	within(t, func() {
		if _, err := Scan(ctx, path); err == nil || errors.Is(err, ErrEmpty) {
			t.Errorf("error %v", err)
		}
	})
}

// TestAScanOfProcEnds follows the links in /proc to all of the disk until it is
// stopped.
func TestAScanOfProcEnds(t *testing.T) {
	if _, err := os.Stat("/proc/self/root"); err != nil {
		t.Skip("no /proc")
	}
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(30*time.Millisecond, func() { cancel(cause) })
	within(t, func() {
		if _, err := ScanUnlabelled(ctx, "/proc/self"); err != nil && err != cause {
			t.Errorf("error %v", err)
		}
	})
}
