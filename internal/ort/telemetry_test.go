package ort

import (
	"os"
	"os/exec"
	"testing"
)

// TestNothingIsToldToTheLibrarysMakers starts the library in a process of its
// own, whose home is empty, and finds it empty still: what would be sent is kept
// there first.
func TestNothingIsToldToTheLibrarysMakers(t *testing.T) {
	const inner = "HEADSTART_TEST_LOAD"
	if os.Getenv(inner) != "" {
		if _, err := Load(Device{}); err != nil {
			t.Fatal(err)
		}
		return
	}
	library, err := FindLibrary(Device{})
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	load := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$")
	load.Env = []string{inner + "=1", LibraryVariable + "=" + library, "HOME=" + home, "PATH=" + os.Getenv("PATH")}
	if out, err := load.CombinedOutput(); err != nil {
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
