package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// formatVersion counts changes of the store's layout that an older headstart
// would misread.
const formatVersion = 1

// lockTimeout is far above what a commit takes even on a slow disk.
const lockTimeout = 30 * time.Second

var metaBucket = []byte("meta")

// errDamaged is wrapped where a file of the store is not what it should be, so
// that Repair knows what it may replace.
var errDamaged = errors.New("damaged")

// A boltFile is one bbolt file. It is opened for each transaction and closed
// after it, because bbolt locks a file for as long as it is open: so a process
// keeps others waiting for one transaction only. This costs some ten
// microseconds.
type boltFile struct {
	path   string
	remedy string // what to do when the file is damaged

	// mu keeps this process's readers and writers from meeting at the file's
	// lock, where bbolt would make them sleep 50 ms before trying again.
	mu sync.RWMutex
}

// createBolt makes a bbolt file of the present format version at path, where
// nothing or an empty file is.
func createBolt(path string, fill func(tx *bbolt.Tx, meta *bbolt.Bucket) error) error {
	db, err := bbolt.Open(path, 0o666, &bbolt.Options{Timeout: lockTimeout})
	if err != nil {
		return err
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		meta, err := tx.CreateBucket(metaBucket)
		if err != nil {
			return err
		}
		return errors.Join(putUint(meta, "format", formatVersion), fill(tx, meta))
	})
	return errors.Join(err, db.Close())
}

// view runs fn in a read transaction. fn must not call code that is not ours:
// its panics are taken for damage.
func (b *boltFile) view(fn func(tx *bbolt.Tx, meta *bbolt.Bucket) error) error {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.open(true, func(db *bbolt.DB) error {
		return db.View(func(tx *bbolt.Tx) error {
			meta, err := b.meta(tx)
			if err != nil {
				return err
			}
			return fn(tx, meta)
		})
	})
}

// update runs fn in a write transaction and commits it unless fn fails. The
// file's lock is held until functions given to tx.OnCommit have run.
func (b *boltFile) update(fn func(tx *bbolt.Tx, meta *bbolt.Bucket) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.open(false, func(db *bbolt.DB) error {
		tx, err := db.Begin(true)
		if err != nil {
			return fmt.Errorf("cannot write %s: %w", b.path, err)
		}
		defer tx.Rollback()
		meta, err := b.meta(tx)
		if err != nil {
			return err
		}
		if err := fn(tx, meta); err != nil {
			return err
		}
		if err := tx.Commit(); err != nil {
			return fmt.Errorf("cannot write %s: %w", b.path, err)
		}
		return nil
	})
}

// open calls use with the opened file. A damaged page makes bbolt panic, or
// touch memory that is not there; both become errors.
func (b *boltFile) open(readOnly bool, use func(*bbolt.DB) error) (err error) {
	var file *os.File
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if cause := recover(); cause != nil {
			if _, ok := cause.(runtime.Error); ok {
				cause = "its pages point nowhere"
			}
			err = b.damaged(cause)
			if file != nil {
				// bbolt's Close may wait for a mutex that the panic left locked.
				unlock(file)
				file.Close()
			}
		}
	}()
	db, err := bbolt.Open(b.path, 0, &bbolt.Options{
		ReadOnly:     readOnly,
		Timeout:      lockTimeout,
		NoStatistics: true,
		OpenFile: func(path string, flag int, perm os.FileMode) (*os.File, error) {
			var err error
			file, err = os.OpenFile(path, flag&^os.O_CREATE, perm)
			return file, err
		},
	})
	switch system := syscall.Errno(0); {
	case err == nil:
	case errors.Is(err, berrors.ErrTimeout):
		return fmt.Errorf("cannot use %s: another process has kept it locked for %v", b.path, lockTimeout)
	case errors.As(err, &system) && !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("cannot use %s: %w", b.path, system)
	default:
		return b.damaged(err)
	}
	if current, err := b.names(file); err != nil || !current {
		db.Close()
		if err != nil {
			return b.damaged(err)
		}
		return b.open(readOnly, use)
	}
	return errors.Join(use(db), db.Close())
}

// names tells whether the path still leads to the file. While we waited for its
// lock, Repair may have put another in its place.
func (b *boltFile) names(file *os.File) (bool, error) {
	opened, err := file.Stat()
	if err != nil {
		return false, err
	}
	named, err := os.Stat(b.path)
	return err == nil && os.SameFile(opened, named), err
}

// meta returns the bucket that every file of ours has, if we may read on.
func (b *boltFile) meta(tx *bbolt.Tx) (*bbolt.Bucket, error) {
	meta := tx.Bucket(metaBucket)
	if meta == nil {
		return nil, b.damaged("it holds nothing of ours")
	}
	format, ok := getUint(meta, "format")
	if !ok {
		return nil, b.damaged("it has no format version")
	}
	if format > formatVersion {
		return nil, fmt.Errorf("cannot use %s: it was made by a newer headstart (its format is %d, ours %d): use that one, or another store", b.path, format, formatVersion)
	}
	return meta, nil
}

func (b *boltFile) damaged(cause any) error {
	return fmt.Errorf("%s is %w (%v): %s", b.path, errDamaged, cause, b.remedy)
}

func getUint(b *bbolt.Bucket, name string) (v uint64, ok bool) {
	if value := b.Get([]byte(name)); len(value) == 8 {
		return binary.LittleEndian.Uint64(value), true
	}
	return 0, false
}

func putUint(b *bbolt.Bucket, name string, v uint64) error {
	return b.Put([]byte(name), binary.LittleEndian.AppendUint64(nil, v))
}
