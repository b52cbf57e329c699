package store

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"go.etcd.io/bbolt"

	"github.com/digitalinnovationone/headstart/internal/atomicfile"
)

var filesBucket = []byte("files")

// A FileID is what is known of a file without reading it.
type FileID struct {
	Path       string // absolute; for an entry of a container, "container#entry"
	Size       int64  // bytes
	ModTime    int64  // nanoseconds since 1970
	ChangeTime int64  // of the inode, nanoseconds since 1970; 0 where there is none
	Inode      uint64 // 0 where there is none
}

// Files remembers the keys of files, so that a file which has not changed is not
// read again. It is a memo shared by all specs of a store: what it does not know
// is found out by reading. It is safe for concurrent use, by several processes
// too, and like a Store keeps no file open between calls.
type Files struct {
	bolt   boltFile
	absent bool // there is no memo, and none can be made: see OpenFiles

	committing sync.Mutex // held by Commit

	mu      sync.Mutex
	pending map[string][]byte // path → value
}

// OpenFiles opens the memo in the store at dir, and creates what is missing. In a
// store that may only be read, one that is missing is one that knows nothing.
func OpenFiles(dir string) (*Files, error) {
	path := filesPath(dir)
	f := &Files{pending: make(map[string][]byte)}
	f.bolt.path = path
	f.bolt.remedy = "delete this file; headstart then reads the images once more and makes it anew"

	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		switch err := createFiles(path); {
		case isReadOnly(err):
			f.absent = true
		case err != nil:
			return nil, fmt.Errorf("cannot create %s: %w", path, err)
		}
	}
	// A damaged file or one of a newer format is refused now rather than later.
	return f, f.view(func(*bbolt.Bucket) error { return nil })
}

func filesPath(dir string) string { return filepath.Join(dir, "files.db") }

// createFiles makes an empty memo where there is none.
func createFiles(path string) error {
	return writeEmptyFiles(path, func(f *atomicfile.File) error {
		// A link, where there can be one, does not replace the memo of another
		// process that does this at the same time and has put files in it already.
		switch err := os.Link(f.TempName(), path); {
		case err == nil:
			return atomicfile.SyncDir(filepath.Dir(path))
		case errors.Is(err, fs.ErrExist):
			return nil
		}
		return f.Commit()
	})
}

// replaceFiles puts an empty memo in the place of one that is damaged.
func replaceFiles(path string) error { return writeEmptyFiles(path, (*atomicfile.File).Commit) }

// writeEmptyFiles writes an empty memo beside path and has put bring it there.
func writeEmptyFiles(path string, put func(*atomicfile.File) error) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	f, err := atomicfile.Create(path, 0o666)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := createBolt(f.TempName(), func(tx *bbolt.Tx, _ *bbolt.Bucket) error {
		_, err := tx.CreateBucket(filesBucket)
		return err
	}); err != nil {
		return err
	}
	return put(f)
}

// Lookup returns the key of each file that has been put and, by its size, time
// and inode, is the same still. For the others it returns the zero Key. Files
// that were put and are not committed are not found.
func (f *Files) Lookup(ids []FileID) ([]Key, error) {
	keys := make([]Key, len(ids))
	for start := 0; start < len(ids); start += lookupBatch {
		end := min(start+lookupBatch, len(ids))
		if err := f.view(func(files *bbolt.Bucket) error {
			var want []byte
			for i := start; i < end; i++ {
				key, stamp, ok := parseFile(ids[i].Path, files.Get([]byte(ids[i].Path)))
				if !ok {
					continue // unknown, or damaged: it will be read and put again
				}
				if want = ids[i].appendStamp(want[:0]); bytes.Equal(stamp, want) {
					keys[i] = key
				}
			}
			return nil
		}); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// racy is the coarsest step in which file systems in use count time (FAT's).
const racy = 2 * time.Second

// Put remembers a file's key for the next Commit. id must be from before the file
// was read, and read the time when reading began. A file that had been changed
// only just then is not remembered, because it may have been changed again
// since, within the same step of the file system's clock, and look the same
// (git's index has the same problem, and the same answer).
func (f *Files) Put(id FileID, key Key, read time.Time) {
	if read.Sub(time.Unix(0, id.ModTime)) < racy || len(id.Path) > bbolt.MaxKeySize {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pending[id.Path] = fileValue(id, key)
}

// Commit writes what was put. After an error it is still there to be committed.
// In a store that may only be read it does nothing: the memo saves time, and
// nothing else depends on it.
func (f *Files) Commit() error {
	f.committing.Lock()
	defer f.committing.Unlock()
	f.mu.Lock()
	batch := maps.Clone(f.pending)
	f.mu.Unlock()
	if len(batch) == 0 || f.absent {
		return nil
	}
	if err := f.bolt.update(func(tx *bbolt.Tx, _ *bbolt.Bucket) error {
		files, err := f.files(tx)
		if err != nil {
			return err
		}
		for _, path := range slices.Sorted(maps.Keys(batch)) {
			if err := files.Put([]byte(path), batch[path]); err != nil {
				return err
			}
		}
		return nil
	}); isReadOnly(err) {
		return nil
	} else if err != nil {
		return fmt.Errorf("cannot remember files read: %w", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	maps.DeleteFunc(f.pending, func(path string, value []byte) bool { return bytes.Equal(batch[path], value) })
	return nil
}

// isReadOnly tells whether an error says that we may not write.
func isReadOnly(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS)
}

func (f *Files) view(fn func(files *bbolt.Bucket) error) error {
	if f.absent {
		return nil
	}
	return f.bolt.view(func(tx *bbolt.Tx, _ *bbolt.Bucket) error {
		files, err := f.files(tx)
		if err != nil {
			return err
		}
		return fn(files)
	})
}

func (f *Files) files(tx *bbolt.Tx) (*bbolt.Bucket, error) {
	files := tx.Bucket(filesBucket)
	if files == nil {
		return nil, f.bolt.damaged("its entries are not there")
	}
	return files, nil
}
