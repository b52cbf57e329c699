package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"

	"go.etcd.io/bbolt"
)

// A file's value in files.db is
//
//	checksum  4 bytes, little-endian: CRC-32C of the path and of what follows
//	key       32 bytes
//	stamp     size and inode as uvarint, times as varint: see appendStamp

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
	b = binary.AppendUvarint(b, id.Inode)
	return binary.AppendVarint(b, id.ChangeTime)
}

// Paths returns a path of each image that a file was read for, the first in the
// order of bytes. The file may have been changed or removed since. It takes
// some 200 bytes per file.
func (c *HashCache) Paths(ctx context.Context) (map[Key]string, error) {
	paths := make(map[Key]string)
	return paths, c.view(eachFile(ctx, func(path string, key Key, ok bool) {
		if _, known := paths[key]; ok && !known {
			paths[key] = path
		}
	}))
}

// HashCacheInfo says what a memo holds.
type HashCacheInfo struct {
	Files   int64 // remembered
	Damaged int64 // of these, entries that do not match their checksum
	Bytes   int64 // of files.db
}

// HashCacheInfo reads all of the memo and counts. It writes nothing: a damaged
// memo is an error. One that is not there knows nothing.
func (r *Root) HashCacheInfo(ctx context.Context) (info HashCacheInfo, err error) {
	path := r.hashCachePath()
	stat, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return info, nil
	} else if err != nil {
		return info, err
	}
	info.Bytes = stat.Size()
	return info, openBolt(path, true, true, func(db *bbolt.DB) error {
		return db.View(func(tx *bbolt.Tx) error {
			files, err := filesOf(tx, path)
			if err != nil {
				return err
			}
			return eachFile(ctx, func(_ string, _ Key, ok bool) {
				info.Files++
				if !ok {
					info.Damaged++
				}
			})(files)
		})
	})
}

// eachFile calls visit with every entry, in the order of paths. ok is false for
// an entry that is damaged. When ctx is done it returns ctx's cause.
func eachFile(ctx context.Context, visit func(path string, key Key, ok bool)) func(files *bbolt.Bucket) error {
	return func(files *bbolt.Bucket) error {
		return files.ForEach(func(path, value []byte) error {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			key, _, ok := parseFile(string(path), value)
			visit(string(path), key, ok)
			return nil
		})
	}
}

// VerifyHashCache reads all of the memo and writes nothing. What is wrong with it
// is damage; err is about what could not be read at all. No memo is a sound one.
func (r *Root) VerifyHashCache(ctx context.Context) (damage, err error) {
	info, err := r.HashCacheInfo(ctx)
	switch {
	case errors.Is(err, errDamaged):
		return err, nil
	case err == nil && info.Damaged > 0:
		return damaged(r.hashCachePath(), fmt.Sprintf("%d of its entries do not match their checksum", info.Damaged)), nil
	}
	return nil, err
}

// RepairHashCache replaces the memo by an empty one if anything in it is damaged,
// and tells whether it did: then the next extraction reads the images once more,
// and computes nothing.
func (r *Root) RepairHashCache(ctx context.Context) (replaced bool, err error) {
	if damage, err := r.VerifyHashCache(ctx); damage == nil {
		return false, err
	}
	if err := createHashCache(r.hashCachePath()); err != nil {
		return false, fmt.Errorf("cannot replace %s: %w", r.hashCachePath(), err)
	}
	return true, nil
}
