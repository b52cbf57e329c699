package ort

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestNothingIsToldToTheLibrarysMakers runs a model in a process of its own, whose
// home is empty, and finds it empty still: what would be sent is kept there first.
func TestNothingIsToldToTheLibrarysMakers(t *testing.T) {
	const inner = "HEADSTART_TEST_RUN"
	if os.Getenv(inner) != "" {
		runOnce(t)
		return
	}
	library := findLibrary(t)
	home := t.TempDir()
	once := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$")
	once.Env = []string{inner + "=1", LibraryVariable + "=" + library, "HOME=" + home, "PATH=" + os.Getenv("PATH")}
	if out, err := once.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	entries, err := os.ReadDir(home)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		t.Errorf("the library wrote %s into the user's home", e.Name())
	}
}

// runOnce loads a small network and runs it.
func runOnce(t *testing.T) {
	path := filepath.Join("..", "..", "extractor", "backbone", "testdata", "headless.onnx")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	session, err := Open(Model{
		Path: path, Data: data,
		Input: "image", InputShape: []int64{-1, 3, 32, 32},
		Output: "globalaveragepool_5", OutputShape: []int64{-1, 16, 1, 1},
	}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	runner, err := session.Runner(1)
	if err != nil {
		t.Fatal(err)
	}
	defer runner.Close()
	if err := runner.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
}
