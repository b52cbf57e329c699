package store

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/digitalinnovationone/headstart/extractor/store/npy"
	"github.com/digitalinnovationone/headstart/internal/atomicfile"
)

// complete makes what is missing in the folder of a spec. The root is locked.
func (s *Store) complete(spec Spec) error {
	if err := os.Mkdir(s.dir, 0o777); err == nil {
		if err := atomicfile.SyncDir(filepath.Dir(s.dir)); err != nil {
			return err
		}
	} else if !errors.Is(err, fs.ErrExist) {
		return err
	}
	path := filepath.Join(s.dir, specName)
	if have, err := os.ReadFile(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	} else if !bytes.Equal(have, spec.JSON) {
		if err := writeFile(path, spec.JSON); err != nil {
			return err
		}
	}
	return s.completeFiles()
}

// completeFiles makes what is missing in a folder, but for spec.json. keys.log
// comes last: without it a folder holds nothing.
func (s *Store) completeFiles() error {
	if err := s.completeVectors(); err != nil {
		return err
	}
	log, err := os.OpenFile(s.log.path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return s.createLog()
	} else if err != nil {
		return err
	}
	defer log.Close()
	return s.removeOldIndex(log)
}

// completeVectors makes a vectors.npy where there is none, and tells if it may not
// be written.
func (s *Store) completeVectors() error {
	f, err := os.OpenFile(s.VectorsPath(), os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return writeFile(s.VectorsPath(), npy.Header(0, s.log.format.dim))
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// createLog makes a keys.log, of the old index if there is one.
func (s *Store) createLog() error {
	log, err := s.readOldLog()
	if err != nil {
		return err
	}
	if err := writeFile(s.log.path, log); err != nil {
		return err
	}
	return s.removeOldIndex(bytes.NewReader(log))
}

func writeFile(path string, content []byte) error {
	return atomicfile.Write(path, 0o666, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}

// repairHeaders writes headers again that are damaged, or that a killed commit
// has left behind.
func (s *Store) repairHeaders() error {
	if s.npySound() && s.log.headerSound {
		return nil
	}
	return s.withLog(func(f logFile) error {
		if err := s.log.append(f, nil); err != nil {
			return err
		}
		if err := s.withVectors(s.writeHeader); err != nil {
			return err
		}
		return s.log.writeCount(f, s.log.next)
	})
}
