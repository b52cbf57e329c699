package store

import (
	"encoding/binary"
	"hash/crc32"
)

// keys.log is a header of 64 bytes and records of 48 bytes, little-endian.
//
//	header  0 magic [16]   16 format u32   20 dim u32   24 spec hash [16]   40 zero u32
//	        44 CRC-32C of all that
//	        48 count u64: records known to be committed   56 zero u32
//	        60 CRC-32C of the count and the zero
//	record  0 payload [32]   32 number u56, kind u8   40 sum u32
//	        44 CRC-32C of all that, begun with that of format, dim and spec hash, XOR
//	        the record's index
//
// The kinds are below. The index and the spec hash in a record's checksum betray
// a record that is not where it was written.
const (
	formatVersion = 2
	logMagic      = "headstart keys\n\x00"
	logHeaderSize = 64
	countAt       = 48
	recordSize    = 48
)

// The kinds of records.
const (
	// kindRow: payload is the image's key, number the row, sum the CRC-32C of
	// key and row.
	kindRow = 'r'
	// kindUnreadable: payload is the image's key, number how many records of
	// kindText follow with the reason, sum the CRC-32C of key and reason.
	kindUnreadable = 'u'
	// kindText: payload is text, number how many bytes of it.
	kindText = 't'
	// kindVoid stands where a record was lost; new rows begin at number at least.
	kindVoid = 'v'
)

type record struct {
	payload [32]byte
	kind    byte
	number  uint64
	sum     uint32
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksum covers the key too, so that content under a wrong key is found.
func checksum(key Key, content []byte) uint32 {
	return crc32.Update(crc32.Checksum(key[:], castagnoli), castagnoli, content)
}

// A logFormat is what the header of one spec's keys.log says of all records.
type logFormat struct {
	dim  int
	hash specHash
}

// header returns the part of the header that never changes.
func (l logFormat) header() []byte {
	h := append(make([]byte, 0, logHeaderSize), logMagic...)
	h = binary.LittleEndian.AppendUint32(h, formatVersion)
	h = binary.LittleEndian.AppendUint32(h, uint32(l.dim))
	h = append(append(h, l.hash[:]...), 0, 0, 0, 0)
	return binary.LittleEndian.AppendUint32(h, crc32.Checksum(h, castagnoli))
}

// countField returns the rest of the header.
func countField(count int64) []byte {
	f := binary.LittleEndian.AppendUint64(nil, uint64(count))
	f = append(f, 0, 0, 0, 0)
	return binary.LittleEndian.AppendUint32(f, crc32.Checksum(f, castagnoli))
}

// parseCount reads the count from a whole header. Of a damaged one it is 0.
func parseCount(header []byte) (count int64, ok bool) {
	f := header[countAt:logHeaderSize]
	count = int64(binary.LittleEndian.Uint64(f))
	if binary.LittleEndian.Uint32(f[12:]) != crc32.Checksum(f[:12], castagnoli) || count < 0 || count > maxRecords {
		return 0, false
	}
	return count, true
}

// parseHeader reads the part of a header that never changes, of any version.
func parseHeader(header []byte) (format uint32, l logFormat, ok bool) {
	format = binary.LittleEndian.Uint32(header[16:])
	l = logFormat{int(binary.LittleEndian.Uint32(header[20:])), specHash(header[24:])}
	ok = string(header[:len(logMagic)]) == logMagic &&
		binary.LittleEndian.Uint32(header[44:]) == crc32.Checksum(header[:44], castagnoli) &&
		l.dim > 0 && l.dim <= maxDim
	return format, l, ok
}

// A recordCodec writes and reads the records of one keys.log.
type recordCodec struct{ seed uint32 }

func (l logFormat) codec() recordCodec {
	return recordCodec{crc32.Checksum(l.header()[16:40], castagnoli)}
}

func (c recordCodec) sum(index int64, b []byte) uint32 {
	return crc32.Update(c.seed^uint32(index), castagnoli, b)
}

// append appends the record at index of the log to b.
func (c recordCodec) append(b []byte, index int64, r record) []byte {
	start := len(b)
	b = append(b, r.payload[:]...)
	b = binary.LittleEndian.AppendUint64(b, r.number|uint64(r.kind)<<56)
	b = binary.LittleEndian.AppendUint32(b, r.sum)
	return binary.LittleEndian.AppendUint32(b, c.sum(index, b[start:]))
}

// parse reads the record at index of the log. One that is damaged is not ok.
func (c recordCodec) parse(b []byte, index int64) (r record, ok bool) {
	number := binary.LittleEndian.Uint64(b[32:])
	r = record{[32]byte(b), byte(number >> 56), number &^ (0xff << 56), binary.LittleEndian.Uint32(b[40:])}
	return r, binary.LittleEndian.Uint32(b[44:]) == c.sum(index, b[:44])
}

// maxReason is how many bytes of a reason are kept.
const maxReason = 1000

// unreadable returns the records that say why an image cannot be decoded.
func unreadable(key Key, reason string) []record {
	reason = reason[:min(len(reason), maxReason)]
	records := []record{{payload: key, kind: kindUnreadable, sum: checksum(key, []byte(reason))}}
	for len(reason) > 0 {
		text := record{kind: kindText}
		n := copy(text.payload[:], reason)
		text.number, reason = uint64(n), reason[n:]
		records = append(records, text)
	}
	records[0].number = uint64(len(records) - 1)
	return records
}
