package store

import (
	"encoding/binary"
	"hash/crc32"
)

// A file's value in files.db is
//
//	checksum  4 bytes, little-endian: CRC-32C of the path and of what follows
//	key       32 bytes
//	stamp     size and inode as uvarint, time as varint: see appendStamp

func fileValue(id FileID, key Key) []byte {
	v := id.appendStamp(append(make([]byte, 4), key[:]...))
	binary.LittleEndian.PutUint32(v, fileChecksum(id.Path, v[4:]))
	return v
}

// parseFile reads the value of a path. A damaged one is not ok, nor is none.
func parseFile(path string, v []byte) (key Key, stamp []byte, ok bool) {
	if len(v) < 4+len(key) || binary.LittleEndian.Uint32(v) != fileChecksum(path, v[4:]) {
		return Key{}, nil, false
	}
	v = v[4:]
	return Key(v[:len(key)]), v[len(key):], true
}

func fileChecksum(path string, content []byte) uint32 {
	return crc32.Update(crc32.Checksum([]byte(path), castagnoli), castagnoli, content)
}

// appendStamp appends what must be equal for a file to count as unchanged.
func (id *FileID) appendStamp(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(id.Size))
	b = binary.AppendVarint(b, id.ModTime)
	return binary.AppendUvarint(b, id.Inode)
}
