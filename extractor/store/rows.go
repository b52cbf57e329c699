package store

import (
	"context"
	"fmt"
)

// A MissingError says that images have no row, or one that does not match its
// checksum. Lookup calls them Missing from then on, and a row that is Put for
// one is committed.
type MissingError struct {
	Path string // of vectors.npy
	Keys []Key
}

func (e *MissingError) Error() string {
	return fmt.Sprintf("%s has no sound row for %d of the images asked for, such as %v", e.Path, len(e.Keys), e.Keys[0])
}

// Rows returns the rows of the given images, in that order; the same image may
// occur more than once. It reads them all and compares each with its checksum;
// if an image has no sound row the error is a *MissingError that lists all such
// images. When ctx is done it returns ctx's cause. The caller closes the Matrix.
func (s *Store) Rows(ctx context.Context, keys []Key) (*Matrix, error) {
	facts := make([]fact, len(keys))
	if err := s.reading(func(logSource) error {
		s.log.mu.RLock()
		defer s.log.mu.RUnlock()
		for i := range keys {
			facts[i] = fact{key: keys[i], at: lost}
			if f := s.log.find(&keys[i]); f.state() == Stored {
				facts[i] = *f
			}
		}
		return nil
	}); err != nil {
		return nil, err
	}
	m, err := s.matrix(facts)
	if err != nil {
		return nil, err
	}
	bad, err := m.check(ctx, facts)
	if err == nil && len(bad) > 0 {
		err = s.lose(bad)
	}
	if err != nil {
		m.Close()
		return nil, err
	}
	return m, nil
}

// lose notes that rows are damaged, unless others have taken their place since.
func (s *Store) lose(bad []fact) *MissingError {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	missing := &MissingError{Path: s.VectorsPath()}
	for i := range bad {
		missing.Keys = append(missing.Keys, bad[i].key)
		if f := s.log.find(&bad[i].key); f != nil && *f == bad[i] {
			f.at = lost
		}
	}
	return missing
}
