package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/digitalinnovationone/headstart/internal/atomicfile"
)

// Hashes returns the hashes of the specs that the store at dir has a folder for,
// sorted. A store that is not there yet has none.
func Hashes(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var hashes []string
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			switch _, err := os.Stat(filepath.Join(dir, e.Name(), "spec.json")); {
			case err == nil:
				hashes = append(hashes, e.Name())
			case !errors.Is(err, fs.ErrNotExist): // none, or none that we may see
				return nil, err
			}
		}
	}
	return hashes, nil
}

// ReadSpec returns what spec.json says in the folder named hash of the store at
// dir.
func ReadSpec(dir, hash string) ([]byte, error) {
	return os.ReadFile(filepath.Join(dir, hash, "spec.json"))
}

// OpenHash opens the embeddings in the folder named hash of the store at dir,
// whatever they were made from. It creates nothing.
func OpenHash(dir, hash string) (*Store, error) {
	spec := Spec{Hash: hash}
	var err error
	if spec.JSON, err = ReadSpec(dir, hash); err != nil {
		return nil, err
	}
	s := at(dir, spec)
	if err := s.view(func(tx *indexTx) error {
		dim, ok := getUint(tx.meta, "dim")
		if !ok || dim == 0 || dim > maxDim {
			return s.index.damaged("it does not say how many values a row has")
		}
		spec.Dim = int(dim)
		return nil
	}); err != nil {
		return nil, err
	}
	s.dim = spec.Dim
	return s, s.check(spec)
}

// Drop removes the folder named hash from the store at dir, with all embeddings
// in it, and returns how many bytes its files had. The folder disappears at
// once, also if the process is killed while it deletes the files. Processes
// that use it fail.
func Drop(dir, hash string) (freed int64, err error) {
	folder := filepath.Join(dir, hash)
	if freed, err = size(folder); err != nil {
		return 0, err
	}
	tmp := temporary(dir)
	if err := rename(folder, tmp); err != nil {
		return 0, fmt.Errorf("cannot drop %s: %w", folder, err)
	}
	if err := errors.Join(atomicfile.SyncDir(dir), os.RemoveAll(tmp)); err != nil {
		return 0, fmt.Errorf("cannot drop %s: %w", folder, err)
	}
	return freed, nil
}

// size returns how many bytes the files in a folder have.
func size(folder string) (bytes int64, err error) {
	files, err := os.ReadDir(folder)
	if err != nil {
		return 0, err
	}
	for _, file := range files {
		if stat, err := file.Info(); err == nil && stat.Mode().IsRegular() {
			bytes += stat.Size()
		}
	}
	return bytes, nil
}
