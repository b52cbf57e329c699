package headstart_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A program in a module of its own compiles against this one, with nothing but a
// replace line, and does the whole job. Its build tag keeps the image decoders in
// their sandbox, as the package comment says.
func TestExternalProgram(t *testing.T) {
	needsRuntime(t)
	root, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	module := t.TempDir()
	read := func(path string) string {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	_, requirements, _ := strings.Cut(read("go.mod"), "\n") // of a module that requires this one
	for name, content := range map[string]string{
		"main.go": read(filepath.Join("testdata", "external", "main.go")),
		"go.sum":  read("go.sum"),
		"go.mod": fmt.Sprintf("module example.com/pets\n%s\nrequire %s v0.0.0\nreplace %[2]s => %s\n",
			requirements, "github.com/digitalinnovationone/headstart", root),
	} {
		if err := os.WriteFile(filepath.Join(module, name), []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	program := filepath.Join(module, "pets")
	build := exec.Command("go", "build", "-o", program, ".")
	build.Dir, build.Env = module, append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off",
		"XDG_CACHE_HOME="+userCache) // where Go keeps what it has built
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	images := filepath.Join(photos, "red", "00.png") + " " + filepath.Join(photos, "blue", "00.png")
	network, err := filepath.Abs(backbone)
	if err != nil {
		t.Fatal(err)
	}
	run := exec.Command(program, append([]string{photos, network, filepath.Join(module, "head.onnx")}, strings.Fields(images)...)...)
	said, err := run.CombinedOutput()
	if err != nil || string(said) != "red\nblue\n" {
		t.Errorf("%v\n%s", err, said)
	}
}
