package store

import (
	"errors"

	"go.etcd.io/bbolt"
)

var entriesBucket = []byte("entries")

// maxRows keeps a damaged count from overflowing a file offset.
const maxRows = 1 << 40

// An indexTx is a transaction of index.db.
type indexTx struct {
	*bbolt.Tx
	file             *boltFile
	meta, entries    *bbolt.Bucket
	rows, unreadable int64 // update stores what fn makes of them
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
		return errors.Join(
			putUint(meta, "rows", uint64(tx.rows)),
			putUint(meta, "unreadable", uint64(tx.unreadable)))
	})
}

func (s *Store) begin(btx *bbolt.Tx, meta *bbolt.Bucket) (*indexTx, error) {
	tx := &indexTx{Tx: btx, file: &s.index, meta: meta, entries: btx.Bucket(entriesBucket)}
	rows, hasRows := getUint(meta, "rows")
	unreadable, hasUnreadable := getUint(meta, "unreadable")
	if tx.entries == nil || !hasRows || !hasUnreadable || rows > maxRows || unreadable > maxRows {
		return nil, s.index.damaged("its entries are not there or not counted")
	}
	tx.rows, tx.unreadable = int64(rows), int64(unreadable)
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
	e, _, err := parseValue(value, tx.rows)
	if err != nil {
		return Entry{}, tx.file.damaged(err)
	}
	return e, nil
}
