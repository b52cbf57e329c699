package store

import (
	"io/fs"
	"os"
	"testing"
)

// unsyncedFile is a vectors.npy on a disk that forgets, at a power cut, all
// that was not synced.
type unsyncedFile struct {
	*os.File
	synced *[]byte // what a power cut leaves
}

func (f unsyncedFile) Sync() error {
	content, err := os.ReadFile(f.Name())
	*f.synced = content
	return err
}

var _ vectorFile = unsyncedFile{}

func TestCommittedRowsSurviveAPowerCut(t *testing.T) {
	dir := t.TempDir()
	s := openSound(t, dir)
	var synced []byte
	s.openVectors = func() (vectorFile, error) {
		f, err := os.OpenFile(s.VectorsPath(), os.O_WRONLY, 0)
		return unsyncedFile{f, &synced}, err
	}
	for n := range 5 {
		put(s, n*10, n*10+10)
		mustCommit(t, s)
		// The index is on the disk now: bbolt syncs it, in Commit.
		if err := os.WriteFile(s.VectorsPath(), synced, fs.ModePerm); err != nil {
			t.Fatal(err)
		}
		mustHold(t, open(t, dir), 0, n*10+10)
		mustBeSound(t, dir)
	}
}
