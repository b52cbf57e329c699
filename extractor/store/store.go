package store

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/digitalinnovationone/headstart/internal/atomicfile"
)

// A Key is the SHA-256 of an image's bytes.
type Key [32]byte

// String returns the key in hexadecimal.
func (k Key) String() string { return hex.EncodeToString(k[:]) }

// A Spec is what rows depend on besides the image.
type Spec struct {
	Hash string // names the rows' folder: the same rows, the same hash
	Dim  int    // values per row
	JSON []byte // written to spec.json, for people and for other programs
}

// A Store holds the embeddings of one Spec. It is safe for concurrent use. It
// keeps no file open between calls, hence has no Close; what was Put and not
// committed is lost with it.
type Store struct {
	dir   string
	dim   int
	index boltFile

	openVectors func() (vectorFile, error) // tests put a failing file in its place

	committing sync.Mutex // held by Commit

	mu      sync.Mutex
	pending map[Key]Entry
	order   []Key // of pending, as they were put
	rows    int64 // committed when we last looked
}

// Open opens the embeddings of spec in the store at dir, and creates what is
// missing. Its cost does not depend on the number of rows. A folder that was
// made from a different spec under the same hash is refused. What is there
// already may be opened, and read, without the right to write.
func Open(dir string, spec Spec) (*Store, error) {
	s := at(dir, spec)
	if _, err := os.Stat(s.dir); errors.Is(err, fs.ErrNotExist) {
		if err := s.create(spec); err != nil {
			return nil, fmt.Errorf("cannot create %s: %w", s.dir, err)
		}
	}
	sweep(dir)
	if err := s.check(spec); err != nil {
		return nil, err
	}
	return s, nil
}

// at returns the store of spec before anything is known of its files.
func at(dir string, spec Spec) *Store {
	s := &Store{
		dir:     filepath.Join(dir, spec.Hash),
		dim:     spec.Dim,
		pending: make(map[Key]Entry),
	}
	s.index.path = filepath.Join(s.dir, "index.db")
	s.index.remedy = fmt.Sprintf("repair it with headstart store verify --repair, or delete the folder %s and extract again", s.dir)
	s.openVectors = func() (vectorFile, error) { return os.OpenFile(s.VectorsPath(), os.O_WRONLY, 0) }
	return s
}

// create makes the folder under a temporary name and renames it, so that it
// appears with all that belongs in it, and is not made by two processes.
func (s *Store) create(spec Spec) error {
	root := filepath.Dir(s.dir)
	if err := os.MkdirAll(root, 0o777); err != nil {
		return err
	}
	tmp := temporary(root)
	if err := os.Mkdir(tmp, 0o777); err != nil {
		return err
	}
	defer os.RemoveAll(tmp)

	write := func(name string, content []byte) error {
		return atomicfile.Write(filepath.Join(tmp, name), 0o666, func(w io.Writer) error {
			_, err := w.Write(content)
			return err
		})
	}
	if err := write("spec.json", spec.JSON); err != nil {
		return err
	}
	if err := write("vectors.npy", npyHeader(0, spec.Dim)); err != nil {
		return err
	}
	if err := s.createIndex(filepath.Join(tmp, "index.db"), func(*indexTx) error { return nil }); err != nil {
		return err
	}
	if err := atomicfile.SyncDir(tmp); err != nil {
		return err
	}
	if err := rename(tmp, s.dir); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return errors.Join(atomicfile.SyncDir(root), atomicfile.SyncDir(filepath.Dir(root)))
}

// check compares the folder with spec and puts the header of vectors.npy right.
func (s *Store) check(spec Spec) error {
	var dim uint64
	var headerRight bool
	if err := s.view(func(tx *indexTx) (err error) {
		dim, _ = getUint(tx.meta, "dim")
		headerRight, err = s.headerSays(tx.rows)
		return err
	}); err != nil {
		return err
	}
	path := filepath.Join(s.dir, "spec.json")
	if have, err := os.ReadFile(path); err != nil {
		return s.index.damaged(err)
	} else if !bytes.Equal(have, spec.JSON) {
		return fmt.Errorf("cannot use %s: %s describes other rows than those asked for, under the same hash", s.dir, path)
	}
	if dim != uint64(spec.Dim) {
		return s.index.damaged(fmt.Sprintf("its rows have %d values, those asked for %d", dim, spec.Dim))
	}
	if !headerRight {
		// A killed commit may leave a header that claims too few rows. Only other
		// programs read it, so a store that we may not write is fine for us as it is.
		_ = s.update(func(tx *indexTx) error { return s.repairHeader(tx.rows) })
	}
	return nil
}
