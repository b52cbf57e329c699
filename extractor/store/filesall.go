package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"go.etcd.io/bbolt"
)

// Paths returns a path of each image that a file was read for, the first in the
// order of bytes. The file may have been changed or removed since. It takes
// some 200 bytes per file.
func (f *Files) Paths(ctx context.Context) (map[Key]string, error) {
	paths := make(map[Key]string)
	return paths, f.each(ctx, func(path string, key Key, ok bool) {
		if _, known := paths[key]; ok && !known {
			paths[key] = path
		}
	})
}

// FilesInfo is what Files.Info returns.
type FilesInfo struct {
	Files   int64 // remembered
	Damaged int64 // of these, entries that do not match their checksum
	Bytes   int64 // of files.db
}

// Info reads all of the memo and counts.
func (f *Files) Info(ctx context.Context) (FilesInfo, error) {
	var info FilesInfo
	if err := f.each(ctx, func(_ string, _ Key, ok bool) {
		info.Files++
		if !ok {
			info.Damaged++
		}
	}); err != nil {
		return FilesInfo{}, err
	}
	stat, err := os.Stat(f.bolt.path)
	if err != nil {
		return FilesInfo{}, err
	}
	info.Bytes = stat.Size()
	return info, nil
}

// each calls visit with every entry, in the order of paths. ok is false for an
// entry that is damaged. When ctx is done it returns ctx's cause.
func (f *Files) each(ctx context.Context, visit func(path string, key Key, ok bool)) error {
	return f.view(func(files *bbolt.Bucket) error {
		return files.ForEach(func(path, value []byte) error {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			key, _, ok := parseFile(string(path), value)
			visit(string(path), key, ok)
			return nil
		})
	})
}

// VerifyFiles reads all of the memo of the store at dir. What is wrong with it is
// damage; err is about what could not be read at all. No memo is a sound one.
func VerifyFiles(ctx context.Context, dir string) (damage, err error) {
	if _, err := os.Stat(filesPath(dir)); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	f, err := OpenFiles(dir)
	var info FilesInfo
	if err == nil {
		info, err = f.Info(ctx)
	}
	switch {
	case errors.Is(err, errDamaged):
		return err, nil
	case err == nil && info.Damaged > 0:
		return f.bolt.damaged(fmt.Sprintf("%d of its entries do not match their checksum", info.Damaged)), nil
	}
	return nil, err
}

// RepairFiles replaces the memo of the store at dir by an empty one if anything
// in it is damaged, and tells whether it did: then the next extraction reads the
// images once more, and computes nothing. A memo of a newer format version is
// refused.
func RepairFiles(ctx context.Context, dir string) (replaced bool, err error) {
	if damage, err := VerifyFiles(ctx, dir); damage == nil {
		return false, err
	}
	if err := replaceFiles(filesPath(dir)); err != nil {
		return false, fmt.Errorf("cannot replace %s: %w", filesPath(dir), err)
	}
	return true, nil
}
