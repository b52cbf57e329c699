package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
)

// A Repair says what was done to a damaged store.
type Repair struct {
	Report          // what was found before
	Rebuilt   bool  // the index was made anew from what its pages still held
	Dropped   int64 // images whose row is gone; of an index made anew, rows that no entry confirms
	Truncated int64 // bytes of garbage cut from vectors.npy
}

// VerifyHash is Verify for the embeddings in the folder named hash of the store
// at dir, whatever they were made from. An index that cannot be opened is a
// problem in the report.
func VerifyHash(ctx context.Context, dir, hash string) (Report, error) {
	s, err := OpenHash(dir, hash)
	var r Report
	if err == nil {
		r, err = s.Verify(ctx)
	}
	if errors.Is(err, errDamaged) {
		r.Problems = append(r.Problems, Problem{Text: err.Error()})
		r.rebuild = true
		return r, nil
	}
	return r, err
}

// RepairHash verifies the embeddings in the folder named hash of the store at
// dir and mends what is wrong. Entries that are damaged, or whose row is, are
// dropped, so that the next extraction makes them again; their rows stay unused,
// for rows never change while somebody may read them. An index that cannot be
// used any more is made anew from the entries in it that its rows' checksums
// confirm; what it knew of unreadable images is forgotten. Whatever is sound is
// kept. Others wait while an index is made anew. A store of a newer format version
// is refused.
func RepairHash(ctx context.Context, dir, hash string) (Repair, error) {
	sweep(dir)
	report, err := VerifyHash(ctx, dir, hash)
	r := Repair{Report: report}
	switch {
	case err != nil:
		return r, err
	case report.rebuild:
		err := salvage(ctx, dir, hash, &r)
		return r, err
	case len(report.Problems) == 0 && !report.garbage:
		return r, nil
	}
	s, err := OpenHash(dir, hash)
	if err != nil {
		return r, err
	}
	err = s.mend(&r)
	return r, err
}

// mend drops what the report found bad, in one transaction, and counts anew.
func (s *Store) mend(r *Repair) error {
	return s.update(func(tx *indexTx) error {
		for _, bad := range r.bad {
			// Another process may have put it right since.
			if bytes.Equal(tx.entries.Get(bad.key[:]), bad.value) {
				if err := tx.entries.Delete(bad.key[:]); err != nil {
					return err
				}
				r.Dropped++
			}
		}
		info, err := os.Stat(s.VectorsPath())
		if err != nil {
			return err
		}
		tx.rows = min(tx.rows, s.rowsWithin(info.Size()))
		if err := tx.count(); err != nil {
			return err
		}
		end := s.offset(tx.rows)
		if r.Truncated = max(0, info.Size()-end); info.Size() != end {
			// Nobody maps what the index does not count.
			if err := os.Truncate(s.VectorsPath(), end); err != nil {
				return err
			}
		}
		return s.repairHeader(tx.rows)
	})
}

// count sets the index's counts, but for the rows, to what it holds.
func (tx *indexTx) count() error {
	tx.unused, tx.unreadable = tx.rows, 0
	return tx.entries.ForEach(func(_, value []byte) error {
		switch e, _, err := parseValue(value, tx.rows); {
		case err != nil:
			return fmt.Errorf("cannot repair %s: %w", tx.file.path, err)
		case e.State == Stored:
			tx.unused--
		case e.State == Unreadable:
			tx.unreadable++
		}
		return nil
	})
}
