package store

import (
	"errors"

	"go.etcd.io/bbolt"
)

var entriesBucket = []byte("entries")

// maxRows keeps a damaged count from overflowing a file offset.
const maxRows = 1 << 40

var errReason = errors.New("why an image is unreadable does not match its checksum")

// An indexTx is a transaction of index.db.
type indexTx struct {
	*bbolt.Tx
	file          *boltFile
	meta, entries *bbolt.Bucket

	// What is counted; update stores what fn makes of it.
	rows       int64 // in vectors.npy
	unused     int64 // of the rows, those that Repair took from their image
	unreadable int64
}

// createIndex makes an index at path, where nothing or an empty file is, with
// what fill puts in it.
func (s *Store) createIndex(path string, fill func(tx *indexTx) error) error {
	return createBolt(path, func(btx *bbolt.Tx, meta *bbolt.Bucket) error {
		entries, err := btx.CreateBucket(entriesBucket)
		if err != nil {
			return err
		}
		tx := &indexTx{Tx: btx, file: &s.index, meta: meta, entries: entries}
		return errors.Join(putUint(meta, "dim", uint64(s.dim)), fill(tx), tx.putCounts())
	})
}

// view runs fn in a read transaction of the index.
func (s *Store) view(fn func(tx *indexTx) error) error {
	return s.index.view(func(btx *bbolt.Tx, meta *bbolt.Bucket) error {
		tx, err := s.begin(btx, meta)
		if err != nil {
			return err
		}
		return fn(tx)
	})
}

// update runs fn in a write transaction of the index.
func (s *Store) update(fn func(tx *indexTx) error) error {
	return s.index.update(func(btx *bbolt.Tx, meta *bbolt.Bucket) error {
		tx, err := s.begin(btx, meta)
		if err != nil {
			return err
		}
		if err := fn(tx); err != nil {
			return err
		}
		return tx.putCounts()
	})
}

func (tx *indexTx) putCounts() error {
	return errors.Join(
		putUint(tx.meta, "rows", uint64(tx.rows)),
		putUint(tx.meta, "unused", uint64(tx.unused)),
		putUint(tx.meta, "unreadable", uint64(tx.unreadable)))
}

func (s *Store) begin(btx *bbolt.Tx, meta *bbolt.Bucket) (*indexTx, error) {
	tx := &indexTx{Tx: btx, file: &s.index, meta: meta, entries: btx.Bucket(entriesBucket)}
	rows, hasRows := getUint(meta, "rows")
	unreadable, hasUnreadable := getUint(meta, "unreadable")
	unused, _ := getUint(meta, "unused") // absent until Repair has dropped a row
	if tx.entries == nil || !hasRows || !hasUnreadable || rows > maxRows || unused > rows || unreadable > maxRows {
		return nil, s.index.damaged("its entries are not there or not counted")
	}
	tx.rows, tx.unused, tx.unreadable = int64(rows), int64(unused), int64(unreadable)
	s.saw(tx.rows)
	return tx, nil
}

// saw notes how many rows are committed; Rows reads no further.
func (s *Store) saw(rows int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows = max(s.rows, rows)
}

// get returns what the index says about an image, Missing if nothing.
func (tx *indexTx) get(key *Key) (Entry, error) {
	value := tx.entries.Get(key[:])
	if value == nil {
		return Entry{}, nil
	}
	e, sum, err := parseValue(value, tx.rows)
	if err == nil && e.State == Unreadable && sum != checksum(*key, []byte(e.Reason)) {
		err = errReason
	}
	if err != nil {
		return Entry{}, tx.file.damaged(err)
	}
	return e, nil
}
