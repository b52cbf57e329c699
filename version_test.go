package headstart

import (
	"runtime/debug"
	"testing"
	"time"
)

func TestCommitInBuildSettings(t *testing.T) {
	hash, at := commitIn([]debug.BuildSetting{
		{Key: "GOOS", Value: "linux"},
		{Key: "vcs.revision", Value: "72da50cdeadbeef"},
		{Key: "vcs.time", Value: "2026-12-01T14:03:00Z"},
	})
	if hash != "72da50cdeadbeef" || !at.Equal(time.Date(2026, 12, 1, 14, 3, 0, 0, time.UTC)) {
		t.Errorf("commit %s of %v", hash, at)
	}
	if hash, at := commitIn(nil); hash != "" || !at.IsZero() {
		t.Errorf("without settings: commit %q of %v", hash, at)
	}
}
