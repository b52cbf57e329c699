package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"
)

// In format 1, index.db in the place of keys.log is a bbolt file with the buckets
//
//	meta     dim, rows u64: values per row, rows in vectors.npy
//	entries  image's key → 'r', CRC-32C of key and row, row as uvarint
//	         image's key → 'u', CRC-32C of key and reason, reason
//
// vectors.npy and the checksums of its rows are the same in both formats, so that
// no row is read to convert one.
type oldIndex struct {
	dim     int
	rows    int64 // where new ones go
	records []record
}

func (s *Store) oldIndexPath() string { return filepath.Join(s.dir, oldIndexName) }

// readOldLog returns the keys.log that says what the old index says, or an empty
// one if there is none. Of a damaged index it says what can be read.
func (s *Store) readOldLog() (log []byte, err error) {
	var old oldIndex
	if _, err := os.Stat(s.oldIndexPath()); errors.Is(err, fs.ErrNotExist) {
		s.oldDamage = fmt.Errorf("%s is missing", s.log.path)
	} else if err := readOldIndex(s.oldIndexPath(), &old); errors.Is(err, errDamaged) {
		s.oldDamage = err
	} else if err != nil {
		return nil, err
	}
	_, npyDim, _ := s.npyHeader()
	for _, dim := range []int{old.dim, npyDim} {
		if s.log.format.dim == 0 {
			s.log.format.dim = dim
		}
	}
	switch l := s.log.format; {
	case l.dim == 0:
		return nil, fmt.Errorf("cannot use %s: it does not say how many values a row has: extract with the same backbone, or drop these embeddings", s.dir)
	case old.dim != 0 && old.dim != l.dim:
		return nil, fmt.Errorf("cannot use %s: its rows have %d values, not %d", s.oldIndexPath(), old.dim, l.dim)
	}
	if info, err := os.Stat(s.VectorsPath()); err == nil && errors.Is(s.oldDamage, errDamaged) {
		old.rows = s.rowsWithin(info.Size()) // whose rows they are is not known any more
	}
	if old.rows > 0 {
		old.records = append(old.records, record{kind: kindVoid, number: uint64(old.rows)})
	}
	log = append(s.log.format.header(), countField(int64(len(old.records)))...)
	codec := s.log.format.codec()
	for i, r := range old.records {
		log = codec.append(log, int64(i), r)
	}
	return log, nil
}

// readOldIndex reads what it can, also if it fails with errDamaged.
func readOldIndex(path string, old *oldIndex) error {
	return openBolt(path, true, true, func(db *bbolt.DB) error {
		return db.View(func(tx *bbolt.Tx) error {
			meta, entries := tx.Bucket([]byte("meta")), tx.Bucket([]byte("entries"))
			if meta == nil || entries == nil {
				return damaged(path, "its buckets are not there")
			}
			number := func(name string, limit uint64) int64 {
				if v := meta.Get([]byte(name)); len(v) == 8 {
					return int64(min(limit, binary.LittleEndian.Uint64(v)))
				}
				return 0
			}
			if format := number("format", maxRows); format > 1 {
				return newerError(path, int(format))
			}
			if dim := number("dim", maxDim+1); dim <= maxDim {
				old.dim = int(dim)
			}
			old.rows = number("rows", maxRows)
			lost := 0
			err := entries.ForEach(func(name, value []byte) error {
				records, ok := old.convert(name, value)
				if !ok {
					lost++
				}
				old.records = append(old.records, records...)
				return nil
			})
			if err == nil && lost > 0 {
				err = damaged(path, fmt.Sprintf("%d entries cannot be read", lost))
			}
			return err
		})
	})
}

// convert returns the records that say what an entry says.
func (old *oldIndex) convert(name, value []byte) ([]record, bool) {
	const head = 5
	if len(name) != len(Key{}) || len(value) < head {
		return nil, false
	}
	key, sum, content := Key(name), binary.LittleEndian.Uint32(value[1:]), value[head:]
	row, n := binary.Uvarint(content)
	switch {
	case value[0] == 'r' && n == len(content) && row < uint64(old.rows):
		return []record{{payload: key, kind: kindRow, number: row, sum: sum}}, true
	case value[0] == 'u' && sum == checksum(key, content):
		return unreadable(key, string(content)), true
	}
	return nil, false
}

// removeOldIndex removes the index of format 1 once a keys.log of ours is in its
// place. The root is locked.
func (s *Store) removeOldIndex(log io.ReaderAt) error {
	header := make([]byte, logHeaderSize)
	log.ReadAt(header, 0)
	if _, l, ok := parseHeader(header); !ok || l != s.log.format {
		return nil
	}
	if err := os.Remove(s.oldIndexPath()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
