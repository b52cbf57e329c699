package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/digitalinnovationone/headstart/extractor/store/npy"
	"github.com/digitalinnovationone/headstart/internal/filelock"
)

// The files in a spec's folder.
const (
	specName     = "spec.json"
	vectorsName  = "vectors.npy"
	logName      = "keys.log"
	oldIndexName = "index.db" // of format 1
)

// A Store holds the embeddings of one Spec. It is safe for concurrent use. It
// keeps no file open between calls, hence has no Close; what was Put and not
// committed is lost with it.
type Store struct {
	dir      string
	log      keyLog
	readOnly error

	// What stands in the place of a keys.log that is not there: one in memory, of
	// the index of format 1 if there is one; and what is wrong with that.
	old       []byte
	oldDamage error

	openFile func(path string, flag int) (logFile, error) // replaced by tests

	committing sync.Mutex // held by Commit

	mu      sync.Mutex
	pending map[Key]Entry
	order   []Key // of pending, as they were put
}

// at returns the store of a spec before anything is known of its files.
func (r *Root) at(hash specHash, dim int) *Store {
	dir := filepath.Join(r.dir, hash.String())
	return &Store{
		dir:      dir,
		log:      keyLog{path: filepath.Join(dir, logName), format: logFormat{dim, hash}},
		openFile: openFile,
		pending:  make(map[Key]Entry),
	}
}

// Open opens the embeddings of spec, and creates what is missing. It reads
// keys.log: 48 MB for a million rows. Files of ours that can be made again
// without rows (spec.json, headers) are, if they are damaged; a store of format
// 1 is converted. A store that may only be read is opened all the same: see
// ReadOnly.
func (r *Root) Open(spec Spec) (*Store, error) {
	if spec.Dim < 1 || spec.Dim > maxDim {
		return nil, fmt.Errorf("cannot keep rows of %d values", spec.Dim)
	}
	s := r.at(hashOf(spec.JSON), spec.Dim)
	err := r.prepare()
	if err == nil {
		err = r.locked(func() error { return s.complete(spec) })
	}
	if isReadOnly(err) {
		s.readOnly = fmt.Errorf("cannot write to the store %s: %w", r.dir, err)
	} else if err != nil {
		return nil, err
	}
	if err := s.load(); err != nil {
		return nil, err
	}
	if s.readOnly != nil {
		return s, nil
	}
	return s, s.repairHeaders()
}

// OpenHash opens the embeddings in the folder named hash, whatever they were made
// from. It writes nothing.
func (r *Root) OpenHash(hash string) (*Store, error) {
	h, ok := parseHash(hash)
	if !ok {
		return nil, fmt.Errorf("%q is not the name of a folder of embeddings", hash)
	}
	s := r.at(h, 0)
	if len(ours(s.dir)) == 0 {
		return nil, fmt.Errorf("cannot open %s: %w", s.dir, fs.ErrNotExist)
	}
	s.readOnly = fmt.Errorf("%s was opened for reading", s.dir)
	return s, s.load()
}

// ReadOnly tells why nothing can be committed, or nil.
func (s *Store) ReadOnly() error { return s.readOnly }

// VectorsPath returns the path of the file of embeddings, which numpy opens.
func (s *Store) VectorsPath() string { return filepath.Join(s.dir, vectorsName) }

// load reads keys.log, or what stands in its place.
func (s *Store) load() error {
	_, done, err := s.lockedSource()
	if errors.Is(err, fs.ErrNotExist) {
		if s.old, err = s.readOldLog(); err != nil {
			return err
		}
		return s.log.update(s.oldSource(), true)
	}
	if err == nil {
		done()
	}
	return err
}

// lockedSource returns the log, read to its end, so that nothing is written to it
// until done is called.
func (s *Store) lockedSource() (src logSource, done func(), err error) {
	if s.old != nil {
		return s.oldSource(), func() {}, nil
	}
	f, err := s.openFile(s.log.path, os.O_RDONLY)
	if err != nil {
		return src, nil, err
	}
	if err = lockLog(f, s.log.path, filelock.Shared); err == nil {
		src, err = sourceOf(f)
	}
	if err == nil && s.log.format.dim == 0 {
		err = s.findDim(src)
	}
	if err == nil {
		err = s.log.update(src, true)
	}
	if err != nil {
		f.Close()
	}
	return src, func() { f.Close() }, err
}

func (s *Store) oldSource() logSource {
	return logSource{bytes.NewReader(s.old), nil, int64(len(s.old))}
}

// findDim finds out how many values a row has: keys.log and vectors.npy both say.
func (s *Store) findDim(src logSource) error {
	_, dim, ok, err := s.log.readHeader(src)
	if err != nil {
		return err
	}
	if !ok {
		_, dim, ok = s.npyHeader()
	}
	if !ok {
		return fmt.Errorf("cannot use %s: the headers of %s and %s are both damaged: extract with the same backbone, or drop these embeddings", s.dir, logName, vectorsName)
	}
	s.log.format.dim = dim
	return nil
}

// npyHeader reads the header of vectors.npy.
func (s *Store) npyHeader() (rows int64, dim int, ok bool) {
	f, err := os.Open(s.VectorsPath())
	if err != nil {
		return 0, 0, false
	}
	defer f.Close()
	header := make([]byte, npy.HeaderSize)
	if _, err := io.ReadFull(f, header); err != nil {
		return 0, 0, false
	}
	return npy.Parse(header)
}

func (s *Store) npySound() bool {
	rows, dim, ok := s.npyHeader()
	return ok && rows == s.log.rows && dim == s.log.format.dim
}

func (s *Store) writeHeader(vectors logFile) error {
	_, err := vectors.WriteAt(npy.Header(s.log.rows, s.log.format.dim), 0)
	return err
}

// withLog calls fn with keys.log locked and read to its end.
func (s *Store) withLog(fn func(f logFile) error) error {
	f, err := s.openFile(s.log.path, os.O_RDWR)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := lockLog(f, s.log.path, filelock.Exclusive); err != nil {
		return err
	}
	src, err := sourceOf(f)
	if err != nil {
		return err
	}
	// While we waited for the lock, another process may have dropped the store.
	if named, err := os.Stat(s.log.path); err != nil {
		return err
	} else if !os.SameFile(named, src.info) {
		return s.withLog(fn)
	}
	if err := s.log.update(src, true); err != nil {
		return err
	}
	return fn(f)
}

func (s *Store) withVectors(fn func(f logFile) error) error {
	f, err := s.openFile(s.VectorsPath(), os.O_RDWR|os.O_CREATE)
	if err != nil {
		return err
	}
	return errors.Join(fn(f), f.Close())
}

// isReadOnly tells whether an error says that we may not write.
func isReadOnly(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS)
}
