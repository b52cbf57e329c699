package store

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/edsrzf/mmap-go"

	"github.com/digitalinnovationone/headstart/internal/atomicfile"
)

// salvage makes a new index from the entries that lie anywhere in the pages of a
// damaged one, and replaces it. Pages that bbolt no longer uses may hold old
// entries, and damaged ones anything; but an entry whose checksum fits the row
// it points at tells the truth wherever it was found, because the checksum
// covers the image's key too.
func salvage(ctx context.Context, dir, hash string, r *Repair) error {
	s, held, err := openVectorsOf(dir, hash)
	if err != nil {
		return err
	}
	index, err := os.OpenFile(s.index.path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer index.Close()
	if err := lock(index); err != nil {
		return fmt.Errorf("cannot lock %s: %w", s.index.path, err)
	}
	found, err := s.findOwners(index, held)
	if err != nil {
		return err
	}
	sound, err := s.confirm(ctx, found)
	if err != nil {
		return err
	}
	file, err := atomicfile.Create(s.index.path, 0o666)
	if err != nil {
		return err
	}
	defer file.Close()
	slices.SortFunc(sound, func(a, b located) int { return bytes.Compare(a.key[:], b.key[:]) })
	if err := s.createIndex(file.TempName(), func(tx *indexTx) error {
		tx.rows = held // garbage among them stays unused
		for _, l := range sound {
			if err := tx.entries.Put(l.key[:], rowValue(l.row, l.checksum)); err != nil {
				return err
			}
		}
		return tx.count()
	}); err != nil {
		return fmt.Errorf("cannot repair %s: %w", s.index.path, err)
	}
	r.Rebuilt, r.Dropped = true, max(0, held-int64(len(sound)))
	return errors.Join(file.Commit(), s.repairHeader(held))
}

// openVectorsOf returns a store of which no more than vectors.npy is known, and
// how many rows that holds.
func openVectorsOf(dir, hash string) (s *Store, held int64, err error) {
	s = at(dir, Spec{Hash: hash})
	f, err := os.Open(s.VectorsPath())
	if err != nil {
		return nil, 0, s.index.damaged(err)
	}
	defer f.Close()
	header := make([]byte, headerSize)
	if _, err := f.ReadAt(header, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, err
	}
	dim, ok := dimOf(header)
	if !ok {
		return nil, 0, fmt.Errorf("cannot repair %s: neither index.db nor the header of vectors.npy is sound: delete the folder and extract again", s.dir)
	}
	s.dim = dim
	info, err := f.Stat()
	if err != nil {
		return nil, 0, err
	}
	return s, s.rowsWithin(info.Size()), nil
}

// located is an image and where an entry says its row is.
type located struct {
	key      Key
	row      int64
	checksum uint32
}

// findOwners returns all that looks like an entry of one of the held rows.
func (s *Store) findOwners(index *os.File, held int64) ([]located, error) {
	info, err := index.Stat()
	if err != nil || info.Size() == 0 {
		return nil, err
	}
	pages, err := mmap.Map(index, mmap.RDONLY, 0)
	if err != nil {
		return nil, fmt.Errorf("cannot map %s: %w", s.index.path, err)
	}
	defer pages.Unmap()
	var found []located
	scanLeaves(pages, func(name, value []byte) {
		if len(name) != len(Key{}) {
			return
		}
		if e, sum, err := parseValue(value, held); err == nil && e.State == Stored {
			found = append(found, located{Key(name), e.Row, sum})
		}
	})
	slices.SortFunc(found, func(a, b located) int {
		return cmp.Or(cmp.Compare(a.row, b.row), cmp.Compare(a.checksum, b.checksum), bytes.Compare(a.key[:], b.key[:]))
	})
	return slices.Compact(found), nil
}

// confirm returns those whose checksum fits the row, one per image. They must be
// in the order of rows.
func (s *Store) confirm(ctx context.Context, found []located) ([]located, error) {
	f, err := os.Open(s.VectorsPath())
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var sound []located
	known := make(map[Key]bool)
	r := bufio.NewReaderSize(nil, 1<<20)
	buf := make([]byte, s.dim*4)
	next := int64(-1) // the row that r reads next
	for _, l := range found {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if l.row+1 != next { // else buf has it
			if l.row != next {
				r.Reset(io.NewSectionReader(f, s.offset(l.row), 1<<62))
			}
			if _, err := io.ReadFull(r, buf); err != nil {
				return nil, fmt.Errorf("cannot read row %d of %s: %w", l.row, s.VectorsPath(), err)
			}
			next = l.row + 1
		}
		if !known[l.key] && checksum(l.key, buf) == l.checksum {
			known[l.key] = true
			sound = append(sound, l)
		}
	}
	return sound, nil
}
