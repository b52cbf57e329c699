package store

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"slices"

	"github.com/digitalinnovationone/headstart/extractor/store/npy"
)

// Put gathers an image's embedding for the next Commit. The vector is copied. An
// image that is pending already is left as it is. Put panics if the vector does
// not have the store's dimension.
func (s *Store) Put(key Key, vector []float32) {
	if len(vector) != s.log.format.dim {
		panic(fmt.Sprintf("store: a vector of %d values in a store of %d", len(vector), s.log.format.dim))
	}
	s.put(key, Entry{State: Pending, Vector: slices.Clone(vector)})
}

// PutUnreadable gathers, for the next Commit, that an image cannot be decoded and
// why. It never replaces an embedding; a later embedding or reason replaces it.
func (s *Store) PutUnreadable(key Key, reason string) {
	s.put(key, Entry{State: Unreadable, Reason: reason})
}

func (s *Store) put(key Key, e Entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.pending[key]; !ok {
		s.pending[key] = e
		s.order = append(s.order, key)
	}
}

// Commit writes what was put, and returns when it is safe on the disk. What
// another process has committed meanwhile is not written again. After an error
// everything is still pending, and may be committed later. Callers commit about
// once a second: what is not committed is lost if the process dies.
func (s *Store) Commit() error {
	s.committing.Lock()
	defer s.committing.Unlock()
	batch := s.batch()
	if len(batch) == 0 {
		return nil
	}
	err := s.readOnly
	if err == nil {
		err = s.withLog(func(f logFile) error { return s.commit(f, batch) })
	}
	if err != nil {
		return fmt.Errorf("cannot commit embeddings: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range batch {
		delete(s.pending, e.key)
	}
	s.order = slices.Clone(s.order[len(batch):])
	return nil
}

type keyed struct {
	key Key
	Entry
}

func (s *Store) batch() []keyed {
	s.mu.Lock()
	defer s.mu.Unlock()
	batch := make([]keyed, len(s.order))
	for i, key := range s.order {
		batch[i] = keyed{key, s.pending[key]}
	}
	return batch
}

// commit writes rows, then their records, each synced; and then what depends on
// these and can be found out again, the headers.
func (s *Store) commit(log logFile, batch []keyed) error {
	rows, records := s.news(batch)
	if len(rows) > 0 {
		err := s.withVectors(func(vectors logFile) error {
			first, err := s.firstRow(vectors)
			if err != nil {
				return err
			}
			sums, err := s.writeRows(vectors, first, rows)
			for i, e := range rows {
				records = append(records, record{payload: e.key, kind: kindRow, number: uint64(first) + uint64(i), sum: sums[i]})
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	if len(records) == 0 {
		return nil
	}
	if err := s.log.append(log, records); err != nil {
		return err
	}
	src, err := sourceOf(log)
	if err != nil {
		return err
	}
	if err := s.log.update(src, true); err != nil {
		return err
	}
	if len(rows) > 0 {
		if err := s.withVectors(s.writeHeader); err != nil {
			return err
		}
	}
	return s.log.writeCount(log, s.log.next)
}

// news returns what of the batch the log does not say yet: rows to be written,
// and records of unreadable images.
func (s *Store) news(batch []keyed) (rows []keyed, records []record) {
	s.log.mu.RLock()
	defer s.log.mu.RUnlock()
	for i := range batch {
		e := &batch[i]
		switch {
		case s.log.find(&e.key).state() == Stored:
		case e.State == Pending:
			rows = append(rows, *e)
		default: // the latest reason counts
			records = append(records, unreadable(e.key, e.Reason)...)
		}
	}
	return rows, records
}

// firstRow returns where new rows go. Rows never change while somebody may read
// them: so where a record is damaged, whose row is not known, they go behind all
// that there is.
func (s *Store) firstRow(vectors logFile) (int64, error) {
	info, err := vectors.Stat()
	if err != nil || s.log.unsound == 0 {
		return s.log.rows, err
	}
	return max(s.log.rows, s.rowsWithin(info.Size())), nil
}

// offset is where a row begins in vectors.npy.
func (s *Store) offset(row int64) int64 { return npy.HeaderSize + row*int64(s.log.format.dim)*4 }

// rowsWithin returns how many whole rows a vectors.npy of size bytes holds.
func (s *Store) rowsWithin(size int64) int64 {
	return max(0, size-npy.HeaderSize) / (int64(s.log.format.dim) * 4)
}

// writeRows writes rows from row first on and syncs them. It returns their
// checksums.
func (s *Store) writeRows(f logFile, first int64, rows []keyed) ([]uint32, error) {
	if first+int64(len(rows)) > maxRows {
		return nil, fmt.Errorf("%s is full", s.VectorsPath())
	}
	w := bufio.NewWriterSize(io.NewOffsetWriter(f, s.offset(first)), 1<<18)
	sums := make([]uint32, len(rows))
	buf := make([]byte, 0, s.log.format.dim*4)
	for i, e := range rows {
		buf, _ = binary.Append(buf[:0], binary.LittleEndian, e.Vector)
		sums[i] = checksum(e.key, buf)
		w.Write(buf) // an error stays in w until Flush
	}
	if err := w.Flush(); err != nil {
		return sums, err
	}
	return sums, f.Sync()
}
