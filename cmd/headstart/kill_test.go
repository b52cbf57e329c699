package main

import (
	"encoding/json"
	"fmt"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestKilledInTheMiddleItGoesOn kills extract as soon as it has committed
// something and runs it again: nothing committed is computed twice, and every
// byte of vectors.npy is as after an undisturbed run.
func TestKilledInTheMiddleItGoesOn(t *testing.T) {
	const images = 300
	folder := t.TempDir()
	for i := range images {
		path := filepath.Join(folder, "data", "class", fmt.Sprintf("%03d.png", i))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		file, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := png.Encode(file, drawPhoto("green", i)); err != nil {
			t.Fatal(err)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
	}
	command := func(store string) *exec.Cmd {
		return exec.Command("headstart", "extract", filepath.Join(folder, "data"), "--json", "--store", filepath.Join(folder, store))
	}
	report := func(store string) (r extractReport) {
		out, err := command(store).Output()
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(out, &r); err != nil {
			t.Fatal(err)
		}
		return r
	}
	want := report("whole")

	victim := command("killed")
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	committed := waitForRows(t, filepath.Join(folder, "killed"))
	if err := victim.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := victim.Wait(); err == nil {
		t.Skip("it was done before it could be killed")
	}
	got := report("killed")
	if got.Cached < committed || got.New+got.Cached != images {
		t.Errorf("after the kill %d rows are there of at least %d, and %d are new", got.Cached, committed, got.New)
	}
	a, err := os.ReadFile(want.Vectors)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(got.Vectors)
	if err != nil {
		t.Fatal(err)
	}
	if string(a) != string(b) {
		t.Error("vectors.npy differs from that of an undisturbed run")
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
			t.Fatal(err)
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
