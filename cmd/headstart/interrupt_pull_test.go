package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestInterruptedPullKeepsWhatCame presses Ctrl-C while a backbone comes.
func TestInterruptedPullKeepsWhatCame(t *testing.T) {
	end := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"v1"`)
		w.Header().Set("Content-Length", "94000000")
		w.Write(make([]byte, 500_000))
		w.(http.Flusher).Flush()
		<-end
	}))
	defer server.Close()
	defer close(end)

	cache := t.TempDir()
	command := exec.Command("headstart", "backbones", "pull", "resnet50", "--url", server.URL+"/model.onnx")
	command.Env = append(os.Environ(), "XDG_CACHE_HOME="+cache)
	var stderr strings.Builder
	command.Stderr = &stderr
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	part := filepath.Join(cache, "headstart", "backbones", "resnet50.onnx.part")
	size := func() int64 {
		if info, err := os.Stat(part); err == nil {
			return info.Size()
		}
		return 0
	}
	for deadline := time.Now().Add(time.Minute); size() < 500_000 && time.Now().Before(deadline); {
		time.Sleep(5 * time.Millisecond)
	}
	if err := command.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = command.Wait() // its status is looked at below
	if got := command.ProcessState.ExitCode(); got != exitInterrupted {
		t.Errorf("exit status %d", got)
	}
	if !strings.Contains(stderr.String(), "headstart: interrupted: the partial download is kept") {
		t.Errorf("standard error: %s", stderr.String())
	}
	if size() != 500_000 {
		t.Errorf("%d bytes are kept", size())
	}
}
