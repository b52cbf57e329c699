package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/digitalinnovationone/headstart/internal/atomicfile"
	"github.com/digitalinnovationone/headstart/internal/filelock"
)

// temporary matches the names that atomicfile gives, and that format 1 gave to
// folders that were being made or dropped.
var temporary = regexp.MustCompile(`^\.tmp-[0-9a-f]{16}$`)

// abandoned is the age at which something temporary belongs to a process that
// was killed: a living one needs it for less than a second.
const abandoned = time.Hour

// ours returns the paths in a spec's folder of files that the store has made.
// keys.log comes first, and is removed first: without it the rest means nothing.
func ours(dir string) (paths []string) {
	for _, name := range []string{logName, oldIndexName, vectorsName, specName} {
		path := filepath.Join(dir, name)
		if info, err := os.Lstat(path); err == nil && info.Mode().IsRegular() {
			paths = append(paths, path)
		}
	}
	return paths
}

// sweep removes what killed processes have left in a marked store. What cannot be
// removed does no harm.
func (r *Root) sweep() {
	entries, _ := os.ReadDir(r.dir)
	for _, e := range entries {
		path := filepath.Join(r.dir, e.Name())
		if _, ok := parseHash(e.Name()); ok {
			inside, _ := os.ReadDir(path)
			for _, e := range inside {
				if isAbandoned(e) && !e.IsDir() {
					os.Remove(filepath.Join(path, e.Name()))
				}
			}
		} else if isAbandoned(e) && e.IsDir() {
			removeFolder(path)
		} else if isAbandoned(e) {
			os.Remove(path)
		}
	}
}

func isAbandoned(e fs.DirEntry) bool {
	if !temporary.MatchString(e.Name()) || !e.IsDir() && !e.Type().IsRegular() {
		return false
	}
	info, err := e.Info()
	return err == nil && time.Since(info.ModTime()) > abandoned
}

// removeFolder removes the files of ours in a spec's folder, and the folder if it
// is empty then. It returns what is left there.
func removeFolder(dir string) (left []string, err error) {
	for _, path := range ours(dir) {
		if err := os.Remove(path); err != nil {
			return nil, err
		}
	}
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if temporary.MatchString(e.Name()) && e.Type().IsRegular() {
			err = errors.Join(err, os.Remove(path))
		} else {
			left = append(left, path)
		}
	}
	if err != nil || len(left) > 0 {
		return left, err
	}
	return nil, os.Remove(dir)
}

// Dropped is what Drop did.
type Dropped struct {
	Bytes int64    // that its files had
	Left  []string // paths in its folder that the store has not made, and that are there still
}

// Drop removes the embeddings in the folder named hash: the files that the store
// has made, and the folder if nothing else is in it. If it is interrupted, the
// embeddings are gone and Drop can be called again for the rest. Processes that
// use them fail.
func (r *Root) Drop(hash string) (Dropped, error) {
	dir := filepath.Join(r.dir, hash)
	if _, ok := parseHash(hash); !ok || len(ours(dir)) == 0 {
		return Dropped{}, fmt.Errorf("cannot drop %s: the store has no embeddings there", dir)
	}
	var d Dropped
	for _, path := range ours(dir) {
		if stat, err := os.Lstat(path); err == nil {
			d.Bytes += stat.Size()
		}
	}
	err := r.prepare()
	if err == nil {
		err = r.locked(func() (err error) {
			// A commit that is under way comes to its end.
			if f, err := os.Open(filepath.Join(dir, logName)); err == nil {
				defer f.Close()
				if err := filelock.Lock(f, filelock.Exclusive, lockLimit); err != nil {
					return err
				}
			}
			d.Left, err = removeFolder(dir)
			return errors.Join(err, atomicfile.SyncDir(r.dir))
		})
	}
	if err != nil {
		return d, fmt.Errorf("cannot drop %s: %w", dir, err)
	}
	return d, nil
}
