package store

import (
	"io/fs"
	"math/rand/v2"
	"os"
	"testing"
)

// A disk remembers the writes to each file that were not synced yet, and what
// the file held before them. After a power cut any of them may be there, whole or
// in part, in any order.
type disk struct{ files map[string]*diskFile }

type diskFile struct {
	synced   []byte
	unsynced []write
}

type write struct {
	at   int64
	data []byte // nil: the file ends at at
}

// apply does a write to a file's content.
func (w write) apply(content []byte) []byte {
	if w.data == nil && int64(len(content)) > w.at {
		return content[:w.at]
	}
	if grow := w.at + int64(len(w.data)) - int64(len(content)); grow > 0 {
		content = append(content, make([]byte, grow)...)
	}
	copy(content[w.at:], w.data)
	return content
}

// cut is the file after a power cut.
func (f *diskFile) cut(random *rand.Rand) []byte {
	content := append([]byte(nil), f.synced...)
	for _, i := range random.Perm(len(f.unsynced)) {
		w := f.unsynced[i]
		switch random.IntN(4) {
		case 0: // dropped
			continue
		case 1: // torn
			if w.data != nil {
				from := random.IntN(len(w.data) + 1)
				to := from + random.IntN(len(w.data)-from+1)
				w = write{w.at + int64(from), w.data[from:to]}
				if from == to {
					continue
				}
			}
		}
		content = w.apply(content)
	}
	return content
}

type unsyncedFile struct {
	*os.File
	disk *diskFile
}

func (d *disk) open(path string, flag int) (logFile, error) {
	f, err := os.OpenFile(path, flag, 0o666)
	if err != nil {
		return nil, err
	}
	if d.files[path] == nil {
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		d.files[path] = &diskFile{synced: content}
	}
	return unsyncedFile{f, d.files[path]}, nil
}

func (f unsyncedFile) WriteAt(p []byte, at int64) (int, error) {
	f.disk.unsynced = append(f.disk.unsynced, write{at, append([]byte(nil), p...)})
	return f.File.WriteAt(p, at)
}

func (f unsyncedFile) Truncate(size int64) error {
	f.disk.unsynced = append(f.disk.unsynced, write{size, nil})
	return f.File.Truncate(size)
}

func (f unsyncedFile) Sync() error {
	var err error
	f.disk.synced, err = os.ReadFile(f.Name())
	f.disk.unsynced = nil
	return err
}

// A cuttable store has a power cut at one of the calls that reach the disk: what
// comes behind it is not done, but does not know.
func TestAPowerCutAnywhereLosesNothingCommitted(t *testing.T) {
	t.Parallel()
	cuts := fromEnvironment(t, "HEADSTART_STORE_CUTS", 100)
	random := rand.New(rand.NewPCG(5, 6))
	for range cuts {
		dir := memoryDir(t)
		committed := 0 // images that a Commit has returned for, over all cuts
		for range 3 {
			d := &disk{files: make(map[string]*diskFile)}
			s := open(t, dir)
			s.openFile = d.open
			steps := random.IntN(4)
			for range steps {
				n := 1 + random.IntN(20)
				put(s, committed, committed+n)
				mustCommit(t, s)
				committed += n
			}
			// The next one is cut off at any of its writes.
			put(s, committed, committed+5)
			left := random.IntN(7)
			s.openFile = func(path string, flag int) (logFile, error) {
				f, err := d.open(path, flag)
				if err != nil {
					return nil, err
				}
				return endingFile{f.(unsyncedFile), &left}, nil
			}
			s.Commit()
			for path, f := range d.files {
				if err := os.WriteFile(path, f.cut(random), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			mustHold(t, open(t, dir), 0, committed)
			mustBeSound(t, dir)
		}
	}
}

// endingFile does nothing once left is used up.
type endingFile struct {
	unsyncedFile
	left *int
}

func (f endingFile) over() bool { *f.left--; return *f.left < 0 }

func (f endingFile) WriteAt(p []byte, at int64) (int, error) {
	if f.over() {
		return 0, fs.ErrClosed
	}
	return f.unsyncedFile.WriteAt(p, at)
}

func (f endingFile) Sync() error {
	if f.over() {
		return fs.ErrClosed
	}
	return f.unsyncedFile.Sync()
}

func (f endingFile) Truncate(size int64) error {
	if f.over() {
		return fs.ErrClosed
	}
	return f.unsyncedFile.Truncate(size)
}
