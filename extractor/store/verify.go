package store

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

// A Report is what Verify found.
type Report struct {
	Rows       int64 // as the index counts them
	Unused     int64 // of the rows, those that Repair took from their image
	Unreadable int64
	Problems   []Problem // none: the store is sound

	bad     []entry // what Repair drops from the index
	garbage bool    // vectors.npy is longer than its rows
	rebuild bool    // the index itself is damaged; Repair makes it anew
}

// An entry is a key and its value as the index has them.
type entry struct {
	key   Key
	value []byte
}

// A Problem is one thing that is wrong with a store.
type Problem struct {
	Key  Key // the image whose entry or row it is; zero if it concerns none
	Text string
}

// String describes the problem in one line.
func (p Problem) String() string {
	if p.Key == (Key{}) {
		return p.Text
	}
	return fmt.Sprintf("image %v: %s", p.Key, p.Text)
}

// Verify reads all of the store and checks each entry and each row by its
// checksum, and that no two images share a row. What is wrong is in the
// report; the error is about what could not be read at all. Others may add to
// the store meanwhile.
func (s *Store) Verify(ctx context.Context) (Report, error) {
	v := verifier{store: s}
	if err := s.view(func(tx *indexTx) error { return v.readIndex(ctx, tx) }); err != nil {
		return Report{}, err
	}
	err := v.readVectors(ctx)
	return v.report, err
}

// A verifier reads the index in one transaction, and then, without holding a
// lock, the rows it counts: these never change.
type verifier struct {
	store  *Store
	report Report
	owners []owner // of each row that the index counts and vectors.npy holds
}

type owner struct {
	key      Key
	checksum uint32
	known    bool
}

func (v *verifier) problem(key Key, format string, args ...any) {
	v.report.Problems = append(v.report.Problems, Problem{key, fmt.Sprintf(format, args...)})
}

func (v *verifier) indexProblem(key Key, format string, args ...any) {
	v.problem(key, format, args...)
	v.report.rebuild = true
}

// drop has Repair drop an entry.
func (v *verifier) drop(key Key, value []byte) {
	v.report.bad = append(v.report.bad, entry{key, bytes.Clone(value)})
}

func (v *verifier) readIndex(ctx context.Context, tx *indexTx) error {
	v.report.Rows, v.report.Unused, v.report.Unreadable = tx.rows, tx.unused, tx.unreadable
	info, err := os.Stat(v.store.VectorsPath())
	if err != nil {
		return v.store.index.damaged(err)
	}
	held := v.store.rowsWithin(info.Size())
	if held < tx.rows {
		v.problem(Key{}, "vectors.npy holds %d rows, the index counts %d", held, tx.rows)
	}
	if right, err := v.store.headerSays(tx.rows); err != nil {
		return err
	} else if !right {
		v.problem(Key{}, "vectors.npy has another header than one for %d rows of %d values", tx.rows, v.store.dim)
	}
	v.report.garbage = info.Size() > v.store.offset(tx.rows)
	v.owners = make([]owner, min(held, tx.rows))

	var rows, unreadable int64
	var before []byte
	if err := tx.entries.ForEach(func(name, value []byte) error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if len(name) != len(Key{}) {
			v.indexProblem(Key{}, "the index has a key of %d bytes", len(name))
			return nil
		}
		if bytes.Compare(before, name) >= 0 || !bytes.Equal(tx.entries.Get(name), value) {
			v.indexProblem(Key(name), "its entry is not where a look-up finds it")
		}
		before = append(before[:0], name...)
		switch v.readEntry(Key(name), value) {
		case Stored:
			rows++
		case Unreadable:
			unreadable++
		}
		return nil
	}); err != nil {
		return err
	}
	if used := tx.rows - tx.unused; rows != used || unreadable != tx.unreadable {
		v.indexProblem(Key{}, "the index holds %d rows and %d unreadable images, and counts %d and %d",
			rows, unreadable, used, tx.unreadable)
	}
	return nil
}

func (v *verifier) readEntry(key Key, value []byte) State {
	e, sum, err := parseValue(value, v.report.Rows)
	switch {
	case err != nil:
		v.indexProblem(key, "its entry is damaged (%v)", err)
	case e.State == Unreadable:
		if sum != checksum(key, []byte(e.Reason)) {
			v.indexProblem(key, "why it is unreadable does not match its checksum")
		}
	case e.Row >= int64(len(v.owners)): // reported already: vectors.npy is too short
		v.drop(key, value)
	case v.owners[e.Row].known:
		v.indexProblem(key, "it shares row %d with image %v", e.Row, v.owners[e.Row].key)
	default:
		v.owners[e.Row] = owner{key, sum, true}
	}
	return e.State
}

func (v *verifier) readVectors(ctx context.Context) error {
	f, err := os.Open(v.store.VectorsPath())
	if err != nil {
		return v.store.index.damaged(err)
	}
	defer f.Close()
	// Read, not mapped: a bad sector is then an error and not the end of us.
	r := bufio.NewReaderSize(io.NewSectionReader(f, headerSize, v.store.offset(int64(len(v.owners)))-headerSize), 1<<20)
	buf := make([]byte, v.store.dim*4)
	for row, owner := range v.owners {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if _, err := io.ReadFull(r, buf); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			v.problem(Key{}, "vectors.npy has become shorter")
			return nil
		} else if err != nil {
			return fmt.Errorf("cannot verify row %d: %w", row, err)
		}
		if owner.known && checksum(owner.key, buf) != owner.checksum {
			v.problem(owner.key, "row %d does not match its checksum", row)
			v.drop(owner.key, rowValue(int64(row), owner.checksum))
		}
	}
	return nil
}
