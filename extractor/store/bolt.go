package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"runtime"
	"runtime/debug"
	"syscall"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/digitalinnovationone/headstart/internal/filelock"
)

// errDamaged is wrapped where a bbolt file is not what it should be.
var errDamaged = errors.New("damaged")

func damaged(path string, cause any) error {
	return fmt.Errorf("%s is %w (%v)", path, errDamaged, cause)
}

// openBolt calls use with the opened file, which no other process writes
// meanwhile. A damaged page makes bbolt panic, or touch memory that is not there;
// both become errors. use must not call code that is not ours: its panics are
// taken for damage. With check it looks for pages first that would keep bbolt
// from ever coming to an end.
func openBolt(path string, readOnly, check bool, use func(*bbolt.DB) error) (err error) {
	var file *os.File
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if cause := recover(); cause != nil {
			if _, ok := cause.(runtime.Error); ok {
				cause = "its pages point nowhere"
			}
			err = damaged(path, cause)
			if file != nil {
				// bbolt's Close may wait for a mutex that the panic left locked, and
				// its mapping keeps the file's lock alive.
				filelock.Unlock(file)
				file.Close()
			}
		}
	}()
	db, err := bbolt.Open(path, 0, &bbolt.Options{
		ReadOnly:     readOnly,
		Timeout:      lockLimit,
		NoStatistics: true,
		OpenFile: func(path string, flag int, perm os.FileMode) (*os.File, error) {
			var err error
			if file, err = os.OpenFile(path, flag&^os.O_CREATE, perm); err != nil {
				return nil, err
			}
			// bbolt begins a database in an empty file, even in one that it only reads.
			if info, err := file.Stat(); err == nil && info.Size() == 0 && readOnly {
				file.Close()
				return nil, errors.New("the file is empty")
			}
			return file, nil
		},
	})
	switch system := syscall.Errno(0); {
	case err == nil:
	case errors.Is(err, berrors.ErrTimeout):
		return fmt.Errorf("cannot use %s: %w for %v now", path, filelock.ErrHeld, lockLimit)
	case errors.As(err, &system) && !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("cannot use %s: %w", path, system)
	default:
		return damaged(path, err)
	}
	if check {
		if err := checkPages(file); err != nil {
			if system := syscall.Errno(0); !errors.As(err, &system) {
				err = damaged(path, err)
			}
			return errors.Join(err, db.Close())
		}
	}
	return errors.Join(use(db), db.Close())
}

// checkPages makes sure that the pages of a bbolt file are a tree, and no larger
// than the file: bbolt follows a page that points back at itself until its stack
// is full, which nothing can recover from. For the layout see bbolt's
// internal/common.
func checkPages(f *os.File) error {
	const metaSize, pageHeader, element = 80, 16, 16
	le := binary.LittleEndian
	info, err := f.Stat()
	if err != nil {
		return err
	}
	size := int64(os.Getpagesize())
	var meta []byte
	for i := range int64(2) { // the newest that is sound is the one that bbolt takes
		m := make([]byte, metaSize)
		if _, err := f.ReadAt(m, i*size); err != nil {
			return err
		}
		sum := fnv.New64a()
		sum.Write(m[pageHeader : metaSize-8])
		if sum.Sum64() == le.Uint64(m[72:]) && (meta == nil || le.Uint64(m[64:]) > le.Uint64(meta[64:])) {
			meta = m
			size = int64(le.Uint32(m[24:]))
		}
	}
	if meta == nil || size < 1024 || size > 1<<16 {
		return errors.New("no sound page says where the others are")
	}
	type pointer struct {
		id   uint64
		list bool // to the list of free pages
	}
	seen := make(map[uint64]bool)
	todo := []pointer{{le.Uint64(meta[32:]), false}, {le.Uint64(meta[48:]), true}}
	pages := min(uint64(info.Size()/size), le.Uint64(meta[56:]))
	for len(todo) > 0 {
		at := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		head := make([]byte, pageHeader)
		if at.id < 2 || at.id >= pages || seen[at.id] {
			return errors.New("its pages are not a tree")
		}
		seen[at.id] = true
		if _, err := f.ReadAt(head, int64(at.id)*size); err != nil {
			return err
		}
		kind, count, length := le.Uint16(head[8:]), uint64(le.Uint16(head[10:])), (1+int64(le.Uint32(head[12:])))*size
		if int64(at.id)*size+length > info.Size() {
			return errors.New("a page is larger than the file")
		}
		page := make([]byte, length)
		if _, err := f.ReadAt(page, int64(at.id)*size); err != nil {
			return err
		}
		if at.list {
			if count == 0xffff {
				count = le.Uint64(page[pageHeader:])
			}
			if count > uint64(length)/8 {
				return errors.New("its list of free pages is longer than a page")
			}
			continue
		}
		for i := int64(pageHeader); count > 0 && i+element <= length; i, count = i+element, count-1 {
			e := page[i:]
			switch {
			case kind == 1: // branch: position, size of key, page
				todo = append(todo, pointer{id: le.Uint64(e[8:])})
			case le.Uint32(e) == 1: // leaf with a bucket: flags, position, sizes of key and value
				value := int64(le.Uint32(e[4:])) + int64(le.Uint32(e[8:]))
				if value+8 > int64(len(e)) {
					return errors.New("a page is larger than it says")
				}
				if root := le.Uint64(e[value:]); root != 0 { // else it is inline
					todo = append(todo, pointer{id: root})
				}
			}
		}
	}
	return nil
}
