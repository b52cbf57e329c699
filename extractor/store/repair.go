package store

import (
	"context"
	"fmt"
)

// A Repair says what was done to damaged embeddings.
type Repair struct {
	Report            // what was found before
	Dropped int64     // images that were dropped because their record or row was damaged: to be extracted again
	Left    []Problem // that Repair cannot mend
}

// Repair verifies the embeddings in the folder named hash and mends what is
// wrong: damaged headers are written again, and records that are damaged, or
// whose row is, are dropped, so that the next extraction makes these again. Their
// rows stay, unused, for rows never change while somebody may read them. What is
// sound is never touched, whatever other processes do meanwhile. A store of
// format 1 is converted.
func (r *Root) Repair(ctx context.Context, hash string) (Repair, error) {
	report, err := r.Verify(ctx, hash)
	done := Repair{Report: report}
	if err != nil || len(report.Problems) == 0 && len(report.bad) == 0 {
		return done, err
	}
	for _, p := range report.Problems {
		if p.Kept {
			done.Left = append(done.Left, p)
		}
	}
	if err := r.repair(hash, &done); err != nil {
		return done, fmt.Errorf("cannot repair the store %s: %w", r.dir, err)
	}
	return done, nil
}

func (r *Root) repair(hash string, done *Repair) error {
	if err := r.prepare(); err != nil {
		return err
	}
	s, err := r.OpenHash(hash)
	if err != nil {
		return err
	}
	if err := r.locked(s.completeFiles); err != nil {
		return err
	}
	return s.withLog(func(log logFile) error {
		return s.withVectors(func(vectors logFile) error { return s.void(log, vectors, done) })
	})
}

// void puts void records in the place of bad ones that are still as they were
// found, and of those that were cut off, and writes the headers.
func (s *Store) void(log, vectors logFile, done *Repair) error {
	info, err := vectors.Stat()
	if err != nil {
		return err
	}
	// Whose row was lost is not known: so new ones go behind all that there are.
	floor := max(s.log.rows, s.rowsWithin(info.Size()))
	void := record{kind: kindVoid, number: uint64(floor)}
	codec := s.log.format.codec()
	if info, err = log.Stat(); err != nil {
		return err
	}
	held := max(0, info.Size()-logHeaderSize) / recordSize
	for _, bad := range done.bad {
		b := make([]byte, recordSize)
		if _, err := log.ReadAt(b, recordOffset(bad.index)); err != nil {
			return err
		}
		if now, _ := codec.parse(b, bad.index); now != bad.record {
			continue // another process has repaired it
		}
		if _, err := log.WriteAt(codec.append(b[:0], bad.index, void), recordOffset(bad.index)); err != nil {
			return err
		}
		s.log.rows = floor
		if bad.wanted {
			done.Dropped++
		}
	}
	for i := held; i < s.log.next; i++ {
		s.log.rows = floor
		if _, err := log.WriteAt(codec.append(nil, i, void), recordOffset(i)); err != nil {
			return err
		}
		done.Dropped++
	}
	if _, err := log.WriteAt(s.log.format.header(), 0); err != nil {
		return err
	}
	if err := log.Sync(); err != nil {
		return err
	}
	if err := s.writeHeader(vectors); err != nil {
		return err
	}
	return s.log.writeCount(log, s.log.next)
}
