package ort

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// findLibrary is orttest.Library, which imports this package.
func findLibrary(t testing.TB) string {
	t.Helper()
	path, err := FindLibrary(Device{})
	if err != nil {
		t.Skipf("needs ONNX Runtime's library: run make setup (%v)", err)
	}
	return path
}

// testRunner returns a runner of one of testdata's networks, which
// scripts/make_test_models.py makes. They take and give one float.
func testRunner(t testing.TB, name string) *Runner {
	t.Helper()
	findLibrary(t)
	session, err := openTestModel(t, name)
	if err != nil {
		t.Fatal(err)
	}
	runner, err := session.Runner(1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		runner.Close()
		session.Close()
	})
	return runner
}

func openTestModel(t testing.TB, name string) (*Session, error) {
	t.Helper()
	path := filepath.Join("testdata", name+".onnx")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return Open(Model{Path: path, Data: data, Input: "in", InputShape: []int64{-1, 1}, Output: "out", OutputShape: []int64{-1, 1}}, Options{})
}

// TestRunStopsWhenItsContextIsDone runs a loop that counts up to its input, which
// would take days.
func TestRunStopsWhenItsContextIsDone(t *testing.T) {
	runner := testRunner(t, "loop")
	stopped := errors.New("stopped")
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(50*time.Millisecond, func() { cancel(stopped) })
	runner.Floats()[0] = 1e15
	if err := runner.Run(ctx); !errors.Is(err, stopped) {
		t.Fatalf("error %v", err)
	}
	if err := runner.Run(ctx); !errors.Is(err, stopped) {
		t.Errorf("with a context that is done: %v", err)
	}
	runner.Floats()[0] = 3
	if err := runner.Run(t.Context()); err != nil || runner.Output()[0] != 3 {
		t.Errorf("afterwards it gives %v, %v", runner.Output(), err)
	}
}

// TestErrorsAreToldOnceAndEscaped has a child process load and run models that
// fail in a node whose name has an escape sequence in it.
func TestErrorsAreToldOnceAndEscaped(t *testing.T) {
	const inner = "HEADSTART_TEST_FAIL"
	if name := os.Getenv(inner); name != "" {
		err := loadAndRun(t, name)
		if err == nil {
			t.Fatal("no error")
		}
		os.Stderr.WriteString(err.Error())
		return
	}
	library := findLibrary(t)
	for _, name := range []string{"fails_loading", "fails_running"} {
		child := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$")
		child.Env = append(os.Environ(), inner+"="+name, LibraryVariable+"="+library)
		var stderr strings.Builder
		child.Stderr = &stderr
		if err := child.Run(); err != nil {
			t.Fatalf("%s: %v: %s", name, err, stderr.String())
		}
		text := stderr.String()
		if strings.Contains(text, "\x1b") || strings.Count(text, `\x1b[31mred`) != 1 || strings.Count(text, name+".onnx") != 1 {
			t.Errorf("%s: %q", name, text)
		}
	}
}

func loadAndRun(t *testing.T, name string) error {
	session, err := openTestModel(t, name)
	if err != nil {
		return err
	}
	defer session.Close()
	runner, err := session.Runner(1)
	if err != nil {
		return err
	}
	defer runner.Close()
	return runner.Run(t.Context())
}

// BenchmarkRun measures what a run costs besides its operators.
func BenchmarkRun(b *testing.B) {
	runner := testRunner(b, "loop")
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	for b.Loop() {
		if err := runner.Run(ctx); err != nil {
			b.Fatal(err)
		}
	}
}
