package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color/palette"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A stage holds pictures and stores for running extract in a process of its own.
type stage struct {
	*testing.T
	folder string
}

// stageImages are enough, each so large, for several seconds' work: extract
// commits once a second. Under the race detector decoding is ten times slower.
var stageImages = 200

func init() {
	if info, ok := debug.ReadBuildInfo(); ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		stageImages /= 8
	}
}

var tinyBackbone = filepath.Join("..", "..", "testdata", "tiny-backbone.onnx")

func newStage(t *testing.T, images int) stage {
	t.Helper()
	needsLibrary(t)
	s := stage{t, t.TempDir()}
	var picture bytes.Buffer
	s.check(png.Encode(&picture, image.NewPaletted(image.Rect(0, 0, 2000, 1500), palette.Plan9)))
	for i := range images {
		path := filepath.Join(s.folder, "data", "class", fmt.Sprintf("%03d.png", i))
		s.check(os.MkdirAll(filepath.Dir(path), 0o777))
		// What follows the end of a PNG makes it another image to the store.
		s.check(os.WriteFile(path, fmt.Append(picture.Bytes(), i), 0o666))
		s.check(os.Chtimes(path, longAgo, longAgo))
	}
	return s
}

func (s stage) check(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s stage) command(store string, options ...string) *exec.Cmd {
	line := []string{"extract", filepath.Join(s.folder, "data"), "--json", "--backbone", tinyBackbone, "--store", filepath.Join(s.folder, store)}
	return exec.Command("headstart", append(line, options...)...)
}

// extract runs to the end.
func (s stage) extract(store string) (r extractReport) {
	s.Helper()
	out, err := s.command(store).Output()
	s.check(err)
	s.check(json.Unmarshal(out, &r))
	return r
}

// stop starts extract and sends it a signal as soon as it has committed
// something. It returns how many rows that were, and how the process ended.
func (s stage) stop(store string, signal os.Signal) (committed int, stderr string, end *os.ProcessState) {
	s.Helper()
	command := s.command(store, "--workers", "1")
	var text strings.Builder
	command.Stderr = &text
	s.check(command.Start())
	committed = waitForRows(s.T, filepath.Join(s.folder, store))
	s.check(command.Process.Signal(signal))
	if command.Wait() == nil {
		s.Fatal("it was done before it could be stopped")
	}
	return committed, text.String(), command.ProcessState
}

// TestKilledInTheMiddleItGoesOn kills extract and runs it again: nothing
// committed is computed twice, and every byte of vectors.npy is as after an
// undisturbed run.
func TestKilledInTheMiddleItGoesOn(t *testing.T) {
	s := newStage(t, stageImages)
	want := s.extract("whole")
	committed, _, _ := s.stop("stopped", os.Kill)
	got := s.extract("stopped")
	if got.Cached < committed || got.New+got.Cached != stageImages {
		t.Errorf("after the kill %d rows are there of at least %d, and %d are new", got.Cached, committed, got.New)
	}
	a, err := os.ReadFile(want.Vectors)
	s.check(err)
	b, err := os.ReadFile(got.Vectors)
	s.check(err)
	if !bytes.Equal(a, b) {
		t.Error("vectors.npy differs from that of an undisturbed run")
	}
}

// TestInterruptedItKeepsWhatIsDone presses Ctrl-C.
func TestInterruptedItKeepsWhatIsDone(t *testing.T) {
	s := newStage(t, stageImages)
	_, stderr, end := s.stop("stopped", os.Interrupt)
	if end.ExitCode() != exitInterrupted {
		t.Errorf("exit status %d", end.ExitCode())
	}
	kept := regexp.MustCompile(`headstart: interrupted: the embeddings of (\d+) images are kept`).FindStringSubmatch(stderr)
	if kept == nil {
		t.Fatalf("standard error: %s", stderr)
	}
	if got := s.extract("stopped"); strconv.Itoa(got.Cached) != kept[1] {
		t.Errorf("it said that %s embeddings are kept, but %d are", kept[1], got.Cached)
	}
}

// TestCommandsDoNothingWhereTheirContextHasEnded runs commands whose user has had
// enough already, on a store that lacks nothing.
func TestCommandsDoNothingWhereTheirContextHasEnded(t *testing.T) {
	s := newStage(t, 2)
	s.extract("store")
	data, folder := filepath.Join(s.folder, "data"), filepath.Join(s.folder, "store")
	common := []string{"--store", folder, "--backbone", tinyBackbone}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, line := range [][]string{
		append([]string{"extract", data}, common...),
		append([]string{"train-head", data, "-o", filepath.Join(s.folder, "head.onnx")}, common...),
		append([]string{"datasets", "check", data}, common...),
		append([]string{"datasets", "split", data, "--test", "0.2", "-o", filepath.Join(s.folder, "data.jsonl")}, common...),
		append([]string{"store", "export", data, "-o", filepath.Join(s.folder, "table.csv")}, common...),
		append([]string{"store", "export", "-o", filepath.Join(s.folder, "table.npy")}, common...),
		{"store", "verify", "--store", folder},
		{"store", "verify", "--repair", "--store", folder},
		{"store", "info", "--store", folder},
	} {
		var out, err strings.Builder
		status := run(ctx, &terminal{out: &out, err: &err}, append([]string{"headstart"}, line...))
		if status != exitInterrupted || out.Len() > 0 || !strings.HasPrefix(err.String(), "headstart: interrupted") {
			t.Errorf("%q: exit status %d\n%s%s", line, status, out.String(), err.String())
		}
	}
	files, err := os.ReadDir(s.folder)
	s.check(err)
	if len(files) != 2 {
		t.Errorf("they left files behind: %v", files)
	}
}

// waitForRows waits for the first commit to a store and returns how many rows
// the header of vectors.npy then claims, which is never more than there are.
func waitForRows(t *testing.T, store string) int {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		files, err := filepath.Glob(filepath.Join(store, "*", "vectors.npy"))
		if err != nil || len(files) == 0 {
			continue
		}
		header := make([]byte, 128)
		file, err := os.Open(files[0])
		if err != nil {
			continue // it was a temporary file's name
		}
		_, err = file.Read(header)
		file.Close()
		var order string
		var rows, dim int
		if err != nil {
			continue
		}
		if _, err := fmt.Sscanf(string(header[10:]), "{'descr': '<f4', 'fortran_order': %5s, 'shape': (%d, %d)", &order, &rows, &dim); err == nil && rows > 0 {
			return rows
		}
	}
	t.Fatal("nothing was committed in a minute")
	return 0
}
