package cachedir

import (
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestJoin(t *testing.T) {
	cache, home := t.TempDir(), t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CACHE_HOME", cache)
	if got, err := Join("lib", "x"); err != nil || got != filepath.Join(cache, "headstart", "lib", "x") {
		t.Errorf("%s, %v", got, err)
	}
	if runtime.GOOS != "linux" {
		t.Skip("the rest is Linux's")
	}
	t.Setenv("XDG_CACHE_HOME", "")
	if got, err := Join(); err != nil || got != filepath.Join(home, ".cache", "headstart") {
		t.Errorf("%s, %v", got, err)
	}
	t.Setenv("XDG_CACHE_HOME", "relative")
	if got, err := Join(); err == nil || !strings.Contains(err.Error(), "XDG_CACHE_HOME is relative") {
		t.Errorf("%s, %v", got, err)
	}
}
