package store

import (
	"fmt"
	"slices"
)

// Put gathers an image's embedding for the next Commit. The vector is copied. An
// image that is pending already is left as it is. Put panics if the vector does
// not have the store's dimension.
func (s *Store) Put(key Key, vector []float32) {
	if len(vector) != s.dim {
		panic(fmt.Sprintf("store: a vector of %d values in a store of %d", len(vector), s.dim))
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
	if err := s.commit(batch); err != nil {
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

func (s *Store) commit(batch []keyed) error {
	vectors, err := s.openVectors()
	if err != nil {
		return err
	}
	defer vectors.Close()

	var headerErr error
	if err := s.update(func(tx *indexTx) error {
		rows, err := s.putUnreadable(tx, batch)
		if err != nil {
			return err
		}
		checksums, err := s.writeRows(vectors, tx.rows, rows)
		if err != nil {
			return err
		}
		for i, e := range rows {
			if err := tx.entries.Put(e.key[:], rowValue(tx.rows, checksums[i])); err != nil {
				return err
			}
			tx.rows++
		}
		// Last and under the index's lock: so the header never claims a row that
		// the index does not have, and commits do not overtake each other.
		tx.OnCommit(func() {
			s.saw(tx.rows)
			headerErr = s.writeHeader(vectors, tx.rows)
		})
		return nil
	}); err != nil {
		return err
	}
	return headerErr
}

// putUnreadable puts the batch's unreadable images in the index and returns the
// rows that the index does not have yet.
func (s *Store) putUnreadable(tx *indexTx, batch []keyed) (rows []keyed, err error) {
	for i := range batch {
		e := &batch[i]
		have, err := tx.get(&e.key)
		switch {
		case err != nil:
			return nil, err
		case have.State == Stored:
		case e.State == Pending:
			if have.State == Unreadable {
				tx.unreadable--
			}
			rows = append(rows, *e)
		default: // the latest reason counts
			if err := tx.entries.Put(e.key[:], unreadableValue(e.key, e.Reason)); err != nil {
				return nil, err
			}
			if have.State == Missing {
				tx.unreadable++
			}
		}
	}
	return rows, nil
}
