package store

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// A Report is what Verify found.
type Report struct {
	Images     int64 // that have a row in the log
	Unreadable int64
	Problems   []Problem // none: the embeddings are sound

	bad []indexed // records that Repair voids
}

// indexed is a record and where it is in the log.
type indexed struct {
	record
	index  int64
	wanted bool // no later record says more of the image
}

// A Problem is one thing that is wrong with a store.
type Problem struct {
	Key  Key // the image it concerns; zero if it concerns none, or nobody knows which
	Text string
	// Kept: Repair cannot mend it. The text says what does.
	Kept bool
}

// String describes the problem in one line.
func (p Problem) String() string {
	if p.Key == (Key{}) {
		return p.Text
	}
	return fmt.Sprintf("image %v: %s", p.Key, p.Text)
}

// Verify reads all files in the folder named hash and compares everything in
// them with its checksum. It writes nothing. What is wrong is in the report; the
// error is about what could not be read at all. Others may add to the store
// meanwhile.
func (r *Root) Verify(ctx context.Context, hash string) (Report, error) {
	s, err := r.OpenHash(hash)
	if err != nil {
		return Report{}, err
	}
	v := verifier{store: s}
	if err := r.verifyMarker(&v); err != nil {
		return Report{}, err
	}
	if err := v.readLog(); err != nil {
		return Report{}, err
	}
	err = v.readRows(ctx)
	return v.Report, err
}

func (r *Root) verifyMarker(v *verifier) error {
	content, err := os.ReadFile(r.marker())
	switch {
	case errors.Is(err, fs.ErrNotExist) && v.store.old != nil: // format 1 had none
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	case !bytes.Equal(content, markerOf(formatVersion)):
		v.problem(Key{}, "%s is damaged", r.marker())
	}
	return nil
}

// A verifier reads the log in one go, and then, without holding a lock, the rows
// it knows of: these never change.
type verifier struct {
	Report
	store *Store
	rows  []indexed
}

func (v *verifier) problem(key Key, format string, args ...any) {
	v.Problems = append(v.Problems, Problem{Key: key, Text: fmt.Sprintf(format, args...)})
}

func (v *verifier) readLog() error {
	s := v.store
	spec, err := os.ReadFile(filepath.Join(s.dir, specName))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if hashOf(spec) != s.log.format.hash {
		v.Problems = append(v.Problems, Problem{Kept: true, Text: fmt.Sprintf("%s is damaged: extract with the same backbone writes it again", filepath.Join(s.dir, specName))})
	}
	src, done, err := s.lockedSource()
	if err != nil {
		return err
	}
	defer done()
	if s.oldDamage != nil {
		v.problem(Key{}, "%v", s.oldDamage)
	}
	return v.readRecords(src)
}

func (v *verifier) readRecords(src logSource) error {
	l := &v.store.log
	header, _, sound, err := l.readHeader(src)
	if err != nil {
		return err
	}
	count, countSound := parseCount(header)
	if !sound || !countSound {
		v.problem(Key{}, "the header of %s is damaged", l.path)
	}
	if !v.store.npySound() {
		v.problem(Key{}, "the header of %s is not that of %d rows of %d values", v.store.VectorsPath(), l.rows, l.format.dim)
	}
	held := (src.size - logHeaderSize) / recordSize
	if held < count {
		v.problem(Key{}, "%s holds %d records of %d", l.path, max(0, held), count)
	}
	return l.scan(src, 0, min(held, l.next), func(index int64, r record, ok bool) {
		known := l.find((*Key)(&r.payload))
		switch {
		case !ok && index < count: // else a commit was interrupted
			v.problem(Key{}, "record %d of %s is damaged", index, l.path)
			v.bad = append(v.bad, indexed{r, index, true})
		case !ok:
		case r.kind == kindRow:
			wanted := known.state() == Stored && uint64(known.at) == r.number
			v.rows = append(v.rows, indexed{r, index, wanted})
			if wanted {
				v.Images++
			}
		case r.kind == kindUnreadable && known.at == uint32(index)|isUnreadable:
			v.Unreadable++
			if _, ok := l.reason(src, r.payload, index); !ok {
				v.problem(r.payload, "why it is unreadable is damaged")
				v.bad = append(v.bad, indexed{r, index, true})
			}
		}
	})
}

// readRows compares all rows, those of records that were superseded too: with
// the later record gone, they would count again.
func (v *verifier) readRows(ctx context.Context) error {
	s := v.store
	f, err := os.Open(s.VectorsPath())
	if errors.Is(err, fs.ErrNotExist) {
		f, err = os.Open(os.DevNull)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	slices.SortFunc(v.rows, func(a, b indexed) int { return cmp.Compare(a.number, b.number) })
	// Read, not mapped: a bad sector is then an error and not the end of us.
	r := bufio.NewReaderSize(nil, 1<<20)
	buf := make([]byte, s.log.format.dim*4)
	next := int64(-1) // the row that r reads next
	for _, e := range v.rows {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		row := int64(e.number)
		if row >= maxRows {
			continue
		}
		if row != next {
			r.Reset(io.NewSectionReader(f, s.offset(row), 1<<62))
		}
		next = row + 1
		_, err := io.ReadFull(r, buf)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return fmt.Errorf("cannot read row %d of %s: %w", row, s.VectorsPath(), err)
		}
		if err == nil && checksum(e.payload, buf) == e.sum {
			continue
		}
		v.bad = append(v.bad, e)
		switch {
		case !e.wanted:
		case err != nil:
			v.problem(e.payload, "row %d is behind the end of %s", row, s.VectorsPath())
		default:
			v.problem(e.payload, "row %d does not match its checksum", row)
		}
	}
	return nil
}
