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
	"time"

	"go.etcd.io/bbolt"

	"github.com/digitalinnovationone/headstart/internal/atomicfile"
)

var (
	metaBucket  = []byte("meta") // holds nothing that is needed: older headstarts look for it
	filesBucket = []byte("files")
)

// A FileID is what is known of a file without reading it.
type FileID struct {
	Path       string // absolute; for an entry of a container, "container#entry"
	Size       int64  // bytes
	ModTime    int64  // nanoseconds since 1970
	ChangeTime int64  // of the inode (ctime), nanoseconds since 1970; 0 where there is none
	Inode      uint64 // 0 where there is none
}

// A HashCache remembers the keys of files, so that a file which has not changed
// is not read again. It is a memo shared by all specs of a store: what it does
// not know is found out by reading, and if it is damaged it starts over. It is
// safe for concurrent use, by several processes too, and like a Store keeps no
// file open between calls.
type HashCache struct {
	root *Root
	path string

	// file keeps this process's readers and writers from meeting at the file's
	// lock, where bbolt would make them sleep 50 ms before trying again.
	file    sync.RWMutex
	checked bool // its pages are a tree
	absent  bool // there is no memo, and none can be made

	committing sync.Mutex // held by Commit

	mu      sync.Mutex
	pending map[string][]byte // path → value
}

func (r *Root) hashCachePath() string { return filepath.Join(r.dir, "files.db") }

// HashCache opens the memo of the store, and creates what is missing. In a store
// that may only be read, one that is missing or damaged is one that knows nothing.
func (r *Root) HashCache() (*HashCache, error) {
	c := &HashCache{root: r, path: r.hashCachePath(), pending: make(map[string][]byte)}
	err := r.prepare()
	if _, stat := os.Stat(c.path); err == nil && errors.Is(stat, fs.ErrNotExist) {
		err = c.create(func() bool {
			_, stat := os.Stat(c.path)
			return errors.Is(stat, fs.ErrNotExist)
		})
	}
	if _, stat := os.Stat(c.path); isReadOnly(err) {
		c.absent, err = stat != nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot create %s: %w", c.path, err)
	}
	return c, c.view(func(*bbolt.Bucket) error { return nil })
}

// create puts an empty memo in place, if that is still needed once no other
// process does the same: the memo of one that was quicker may know files already.
func (c *HashCache) create(needed func() bool) error {
	return c.root.locked(func() error {
		if !needed() {
			return nil
		}
		return createHashCache(c.path)
	})
}

// createHashCache puts an empty memo at path.
func createHashCache(path string) error {
	f, err := atomicfile.Create(path, 0o666)
	if err != nil {
		return err
	}
	defer f.Close()
	db, err := bbolt.Open(f.TempName(), 0o666, &bbolt.Options{Timeout: lockLimit})
	if err != nil {
		return err
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		meta, err := tx.CreateBucket(metaBucket)
		if err == nil {
			err = meta.Put([]byte("format"), []byte{1, 0, 0, 0, 0, 0, 0, 0})
		}
		if err == nil {
			_, err = tx.CreateBucket(filesBucket)
		}
		return err
	})
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	return f.Commit()
}

// isHashCache tells whether a file is a memo of ours.
func isHashCache(path string) bool {
	if filepath.Base(path) != filepath.Base((&Root{}).hashCachePath()) {
		return false
	}
	return openBolt(path, true, true, func(db *bbolt.DB) error {
		return db.View(func(tx *bbolt.Tx) error {
			_, err := filesOf(tx, path)
			return err
		})
	}) == nil
}

func filesOf(tx *bbolt.Tx, path string) (*bbolt.Bucket, error) {
	if files := tx.Bucket(filesBucket); files != nil && tx.Bucket(metaBucket) != nil {
		return files, nil
	}
	return nil, damaged(path, "it holds nothing of ours")
}

// Lookup returns the key of each file that has been put and, by its size, times
// and inode, is the same still. For the others it returns the zero Key. Files
// that were put and are not committed are not found.
func (c *HashCache) Lookup(ids []FileID) ([]Key, error) {
	// A batch bounds for how long others wait to commit.
	const batch = 1 << 14
	keys := make([]Key, len(ids))
	for start := 0; start < len(ids); start += batch {
		end := min(start+batch, len(ids))
		if err := c.view(func(files *bbolt.Bucket) error {
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

// The coarsest steps in which file systems in use count times: FAT's of the last
// write, and Linux's of the last change.
const (
	racyModTime    = 2 * time.Second
	racyChangeTime = 20 * time.Millisecond
)

// Put remembers a file's key for the next Commit. id must be from before the file
// was read, and read the time when reading began. A file that had been changed
// only just then is not remembered, because it may have been changed again
// since, within the same step of the file system's clock, and look the same
// (git's index has the same problem, and the same answer).
func (c *HashCache) Put(id FileID, key Key, read time.Time) {
	if read.Sub(time.Unix(0, id.ModTime)) < racyModTime || read.Sub(time.Unix(0, id.ChangeTime)) < racyChangeTime ||
		len(id.Path) > bbolt.MaxKeySize {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pending[id.Path] = fileValue(id, key)
}

// Commit writes what was put. After an error it is still there to be committed.
// In a store that may only be read it does nothing: the memo saves time, and
// nothing else depends on it.
func (c *HashCache) Commit() error {
	c.committing.Lock()
	defer c.committing.Unlock()
	c.mu.Lock()
	batch := maps.Clone(c.pending)
	c.mu.Unlock()
	if len(batch) == 0 {
		return nil
	}
	if err := c.use(false, func(files *bbolt.Bucket) error {
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
	c.mu.Lock()
	defer c.mu.Unlock()
	maps.DeleteFunc(c.pending, func(path string, value []byte) bool { return bytes.Equal(batch[path], value) })
	return nil
}

func (c *HashCache) view(fn func(files *bbolt.Bucket) error) error { return c.use(true, fn) }

// use calls fn in a transaction, and starts the memo over if it is damaged.
func (c *HashCache) use(readOnly bool, fn func(files *bbolt.Bucket) error) error {
	if readOnly {
		c.file.RLock()
		checked, absent := c.checked, c.absent
		err := error(nil)
		if checked && !absent {
			err = c.transact(true, fn)
		}
		c.file.RUnlock()
		if absent || checked && !errors.Is(err, errDamaged) {
			return err
		}
	}
	c.file.Lock()
	defer c.file.Unlock()
	if c.absent {
		return nil
	}
	err := c.transact(readOnly, fn)
	if errors.Is(err, errDamaged) {
		// It is a file that we have made, by its exact name.
		err = c.create(func() bool {
			return errors.Is(c.transact(readOnly, fn), errDamaged)
		})
		if err == nil {
			err = c.transact(readOnly, fn)
		} else if isReadOnly(err) {
			c.absent, err = true, nil
		}
	}
	c.checked = err == nil
	return err
}

func (c *HashCache) transact(readOnly bool, fn func(files *bbolt.Bucket) error) error {
	return openBolt(c.path, readOnly, !c.checked, func(db *bbolt.DB) error {
		do := db.Update
		if readOnly {
			do = db.View
		}
		err := do(func(tx *bbolt.Tx) error {
			files, err := filesOf(tx, c.path)
			if err != nil {
				return err
			}
			return fn(files)
		})
		if err != nil && !errors.Is(err, errDamaged) {
			err = fmt.Errorf("cannot use %s: %w", c.path, err)
		}
		return err
	})
}
