package store

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
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
	Row    int64     // if Stored: for Rows
	Vector []float32 // if Pending: the store's own, not to be changed
	Reason string    // if Unreadable
}

// A value in the index is
//
//	kind      1 byte
//	checksum  4 bytes, little-endian: CRC-32C of the image's key and the row's bytes or the reason
//	content   the row's number as uvarint, or the reason
const (
	kindRow        = 'r'
	kindUnreadable = 'u'
	valueHeader    = 5
	maxReason      = 1000 // bytes; more is damage
)

func rowValue(row int64, checksum uint32) []byte {
	v := binary.LittleEndian.AppendUint32([]byte{kindRow}, checksum)
	return binary.AppendUvarint(v, uint64(row))
}

func unreadableValue(key Key, reason string) []byte {
	reason = reason[:min(len(reason), maxReason)]
	v := binary.LittleEndian.AppendUint32([]byte{kindUnreadable}, checksum(key, []byte(reason)))
	return append(v, reason...)
}

// parseValue reads an index value; rows is how many rows there are.
func parseValue(v []byte, rows int64) (e Entry, checksum uint32, err error) {
	if len(v) < valueHeader {
		return Entry{}, 0, fmt.Errorf("an entry of %d bytes", len(v))
	}
	checksum = binary.LittleEndian.Uint32(v[1:])
	content := v[valueHeader:]
	switch v[0] {
	case kindUnreadable:
		if len(content) > maxReason {
			return Entry{}, 0, fmt.Errorf("a reason of %d bytes", len(content))
		}
		return Entry{State: Unreadable, Reason: string(content)}, checksum, nil
	case kindRow:
		row, n := binary.Uvarint(content)
		if n != len(content) || row >= uint64(rows) {
			return Entry{}, 0, fmt.Errorf("an entry points behind the %d rows", rows)
		}
		return Entry{State: Stored, Row: int64(row)}, checksum, nil
	}
	return Entry{}, 0, fmt.Errorf("an entry of unknown kind %q", v[0])
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksum covers the key too, so that content under a wrong key is found.
func checksum(key Key, content []byte) uint32 {
	return crc32.Update(crc32.Checksum(key[:], castagnoli), castagnoli, content)
}
