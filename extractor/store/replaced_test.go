//go:build linux || darwin

package store

import (
	"os"
	"testing"
	"time"
)

// A process that waits for the index while Repair makes it anew must not write
// to the old one.
func TestACommitThatWaitedForARepairIsNotLost(t *testing.T) {
	dir := t.TempDir()
	s := openSound(t, dir)
	put(s, 0, 10)
	mustCommit(t, s)

	index, err := os.Open(s.index.path)
	if err != nil {
		t.Fatal(err)
	}
	defer index.Close()
	if err := lock(index); err != nil {
		t.Fatal(err)
	}
	put(s, 10, 20)
	committed := make(chan error)
	go func() { committed <- s.Commit() }()
	time.Sleep(100 * time.Millisecond) // it waits for the lock now

	content, err := os.ReadFile(s.index.path)
	if err != nil {
		t.Fatal(err)
	}
	anew := temporary(dir)
	if err := os.WriteFile(anew, content, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(anew, s.index.path); err != nil {
		t.Fatal(err)
	}
	unlock(index)
	if err := <-committed; err != nil {
		t.Fatal(err)
	}
	mustHold(t, open(t, dir), 0, 20)
}
