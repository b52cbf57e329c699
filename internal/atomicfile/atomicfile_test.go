package atomicfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// only fails unless the folder holds exactly these names.
func only(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("folder holds %q, want %q", got, want)
	}
}

func content(t *testing.T, path, want string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s holds %q, want %q", path, got, want)
	}
}

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

func TestWriteCreatesAndReplaces(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "pets.onnx")
	for _, want := range []string{"first", "second", strings.Repeat("long", 10000)} {
		if err := Write(path, 0o640, text(want)); err != nil {
			t.Fatal(err)
		}
		content(t, path, want)
	}
	only(t, dir, "pets.onnx")
	if info, _ := os.Stat(path); info.Mode().Perm()&^0o640 != 0 {
		t.Errorf("mode is %v, want at most 0640", info.Mode())
	}
}

func TestAReplacedFileHandsItsPermissionsOn(t *testing.T) {
	for _, mode := range []fs.FileMode{0o600, 0o664} {
		path := filepath.Join(t.TempDir(), "scores.csv")
		if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if err := Write(path, 0o644, text("new")); err != nil {
			t.Fatal(err)
		}
		if info, _ := os.Stat(path); info.Mode() != mode {
			t.Errorf("%v became %v", mode, info.Mode())
		}
	}
}

func TestAWriteProtectedFileIsKept(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "released.onnx")
	if err := os.WriteFile(path, []byte("old"), 0o444); err != nil {
		t.Fatal(err)
	}
	if err := Write(path, 0o666, text("new")); err == nil || !strings.Contains(err.Error(), path+": the file that is there is write-protected") {
		t.Errorf("error %v", err)
	}
	content(t, path, "old")
	only(t, dir, "released.onnx")
}

func TestWriteIntoWorkingDirectory(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if err := Write("pets.onnx", 0o666, text("new")); err != nil {
		t.Fatal(err)
	}
	content(t, filepath.Join(dir, "pets.onnx"), "new")
	only(t, dir, "pets.onnx")
}

func TestFailedWriteKeepsTheOldContent(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "pets.onnx")
	if err := Write(path, 0o666, text("old")); err != nil {
		t.Fatal(err)
	}
	cause := errors.New("no classes")
	err := Write(path, 0o666, func(w io.Writer) error {
		io.WriteString(w, strings.Repeat("half", 10000))
		return cause
	})
	if !errors.Is(err, cause) || !strings.Contains(err.Error(), path) {
		t.Errorf("error %q does not say what failed for which file", err)
	}
	content(t, path, "old")
	only(t, dir, "pets.onnx")
}

func TestPanicLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	func() {
		defer func() { recover() }()
		Write(filepath.Join(dir, "pets.onnx"), 0o666, func(io.Writer) error { panic("bug") })
	}()
	only(t, dir)
}

func TestCloseWithoutCommitRemoves(t *testing.T) {
	dir := t.TempDir()
	f, err := Create(filepath.Join(dir, "pets.onnx"), 0o666)
	if err != nil {
		t.Fatal(err)
	}
	if name := filepath.Base(f.TempName()); !strings.HasPrefix(name, ".") {
		t.Errorf("temporary name %q is not hidden", name)
	}
	if _, err := io.WriteString(f, "half"); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	only(t, dir)
}

func TestFailedCommitLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "pets.onnx")
	f, err := Create(path, 0o666)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(path, "in the way"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := f.Commit(); err == nil || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), ".tmp-") {
		t.Errorf("error %v does not name %s alone", err, path)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	only(t, dir, "pets.onnx")
}

func TestErrorsNameTheFinalPath(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	closed := filepath.Join(dir, "closed")
	if err := os.Mkdir(closed, 0o555); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		path string
		want error
	}{
		"missing folder":    {filepath.Join(dir, "missing", "pets.onnx"), fs.ErrNotExist},
		"folder is a file":  {filepath.Join(file, "pets.onnx"), nil},
		"path is a folder":  {dir, nil},
		"path is a device":  {os.DevNull, nil},
		"unwritable folder": {filepath.Join(closed, "pets.onnx"), fs.ErrPermission},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if test.want == fs.ErrPermission && os.Geteuid() == 0 {
				t.Skip("root writes everywhere")
			}
			err := Write(test.path, 0o666, text("new"))
			if err == nil || !strings.Contains(err.Error(), test.path+": ") {
				t.Fatalf("error %v does not name %s", err, test.path)
			}
			if test.want != nil && !errors.Is(err, test.want) {
				t.Errorf("error %v is not %v", err, test.want)
			}
		})
	}
}

func TestWriteErrorNamesTheFinalPath(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pets.onnx")
	f, err := Create(path, 0o666)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	f.tmp.Close() // the next write fails
	if _, err := io.WriteString(f, "lost"); err == nil || !strings.Contains(err.Error(), path+": ") {
		t.Errorf("error %v does not name %s", err, path)
	}
}
