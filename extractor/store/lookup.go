package store

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"slices"
)

// State says what is known about an image.
type State uint8

const (
	Missing    State = iota // nothing
	Unreadable              // it cannot be decoded: Entry.Reason
	Pending                 // Put by this process, not committed yet: Entry.Vector
	Stored                  // committed: Entry.Row
)

// An Entry is what the store knows about one image.
type Entry struct {
	State  State
	Row    int64     // if Stored: in vectors.npy
	Vector []float32 // if Pending: the store's own, not to be changed
	Reason string    // if Unreadable
}

// Lookup returns what is known about each key: an entry per key, in order. Rows
// that other processes have committed meanwhile are found, as are those that
// this one has put and not committed yet. It reads no row: one that Rows has
// found damaged is Missing from then on.
func (s *Store) Lookup(keys []Key) ([]Entry, error) {
	entries := make([]Entry, len(keys))
	// Pending first: a commit moves entries from there to the log, so that in the
	// other order one could be missed on its way.
	s.mu.Lock()
	for i, key := range keys {
		entries[i] = s.pending[key]
	}
	s.mu.Unlock()
	return entries, s.reading(func(src logSource) error {
		s.log.mu.RLock()
		defer s.log.mu.RUnlock()
		for i := range keys {
			if entries[i].State == Missing {
				entries[i] = s.log.entry(src, &keys[i])
			}
		}
		return nil
	})
}

func (l *keyLog) entry(src logSource, key *Key) Entry {
	switch f := l.find(key); f.state() {
	case Stored:
		return Entry{State: Stored, Row: int64(f.at)}
	case Unreadable:
		if reason, ok := l.reason(src, f.key, int64(f.at&^isUnreadable)); ok {
			return Entry{State: Unreadable, Reason: reason}
		}
	}
	return Entry{}
}

// reading calls fn with keys.log when all is known that was committed to it.
func (s *Store) reading(fn func(src logSource) error) error {
	if s.old != nil {
		return fn(s.oldSource())
	}
	f, err := s.openFile(s.log.path, os.O_RDONLY)
	if err != nil {
		return err
	}
	defer f.Close()
	src, err := sourceOf(f)
	if err != nil {
		return err
	}
	if err := s.log.update(src, false); err != nil {
		return err
	}
	return fn(src)
}

// An Image is a stored image's key and row.
type Image struct {
	Key Key
	Row int64
}

// Images returns all images that have an embedding, in the order of their rows.
// It takes 40 bytes per image.
func (s *Store) Images() ([]Image, error) {
	var images []Image
	err := s.reading(func(logSource) error {
		s.log.mu.RLock()
		defer s.log.mu.RUnlock()
		for i := range s.log.facts {
			if f := &s.log.facts[i]; f.state() == Stored {
				images = append(images, Image{f.key, int64(f.at)})
			}
		}
		return nil
	})
	slices.SortFunc(images, func(a, b Image) int { return cmp.Compare(a.Row, b.Row) })
	return images, err
}

// Info is what a store's log says of it, and its size.
type Info struct {
	Rows       int64 // in vectors.npy
	Images     int64 // that have an embedding; the other rows are unused
	Unreadable int64 // images without a row, because they cannot be decoded
	Dim        int   // values per row
	Bytes      int64 // of the files in the spec's folder
}

// RowCount returns the number of rows, including those of other processes.
func (s *Store) RowCount() (rows int64, err error) {
	err = s.reading(func(logSource) error {
		s.log.mu.RLock()
		defer s.log.mu.RUnlock()
		rows = s.log.rows
		return nil
	})
	return rows, err
}

// Info returns the store's size, including what other processes have committed.
func (s *Store) Info() (Info, error) {
	info := Info{Dim: s.log.format.dim}
	err := s.reading(func(logSource) error {
		s.log.mu.RLock()
		defer s.log.mu.RUnlock()
		info.Rows = s.log.rows
		for i := range s.log.facts {
			switch s.log.facts[i].state() {
			case Stored:
				info.Images++
			case Unreadable:
				info.Unreadable++
			}
		}
		return nil
	})
	for _, path := range ours(s.dir) {
		if stat, err := os.Lstat(path); err == nil {
			info.Bytes += stat.Size()
		} else if !errors.Is(err, fs.ErrNotExist) {
			return info, err
		}
	}
	return info, err
}
