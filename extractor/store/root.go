package store

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/digitalinnovationone/headstart/internal/atomicfile"
	"github.com/digitalinnovationone/headstart/internal/filelock"
)

// markerName names the file that makes a folder a store. It is also what
// processes lock to create or to remove what is in it.
const markerName = "headstart-store"

// markerOf returns the content of that file.
func markerOf(format int) []byte {
	text := fmt.Appendf(nil, "headstart store, format %d, ", format)
	return fmt.Appendf(text, "crc32c %08x\n", crc32.Checksum(text, castagnoli))
}

// parseMarker reads the format version. A damaged marker is not ok.
func parseMarker(content []byte) (format int, ok bool) {
	var sum uint32
	_, err := fmt.Sscanf(string(content), "headstart store, format %d, crc32c %x\n", &format, &sum)
	text, _, _ := bytes.Cut(content, []byte("crc32c"))
	return format, err == nil && sum == crc32.Checksum(text, castagnoli)
}

// A Root is the folder of a store, with the embeddings of any number of Specs and
// a memo of files.
type Root struct {
	dir    string
	parent *Root // of thumbnails: the store they are in
}

// OpenRoot opens the store at dir, and writes nothing: what is not there is made
// by Open. A folder that is neither empty nor a store is refused, as is a store
// of a newer format version.
func OpenRoot(dir string) (*Root, error) {
	r := &Root{dir: dir}
	content, err := os.ReadFile(r.marker())
	marked := err == nil
	switch {
	case marked:
		format, sound := parseMarker(content)
		if sound && format > formatVersion {
			return nil, newerError(r.marker(), format)
		}
		// One that is being made, or was when the power failed, ends early.
		if sound || bytes.HasPrefix(markerOf(formatVersion), bytes.TrimRight(content, "\x00")) {
			return r, nil
		}
	case !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("cannot open the store %s: %w", dir, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("cannot open the store %s: %w", dir, err)
	}
	isMarker := func(e fs.DirEntry) bool { return e.Name() == markerName }
	if !marked && slices.ContainsFunc(entries, isMarker) { // another process has just made it
		return r, nil
	}
	// A damaged marker is one only beside embeddings: else it is somebody else's.
	if entries = slices.DeleteFunc(entries, isMarker); r.unmarked(entries) || !marked && len(entries) == 0 {
		return r, nil
	}
	return nil, &NotStoreError{dir}
}

// A NotStoreError says that a folder holds other things than a store.
type NotStoreError struct{ Dir string }

func (e *NotStoreError) Error() string {
	return fmt.Sprintf("cannot use %s as a store: the folder is not empty and not a store", e.Dir)
}

// unmarked tells whether a folder without a marker is a store: of format 1, or
// one whose marker was removed.
func (r *Root) unmarked(entries []fs.DirEntry) bool {
	for _, e := range entries {
		if _, ok := parseHash(e.Name()); ok && len(ours(filepath.Join(r.dir, e.Name()))) >= 2 {
			return true
		}
	}
	return len(entries) == 1 && isHashCache(r.hashCachePath())
}

// Thumbnails returns the root of the store's thumbnails: a store in the folder of
// that name, whose rows are thumbnails. A folder of something else is refused.
func (r *Root) Thumbnails() (*Root, error) {
	t, err := OpenRoot(filepath.Join(r.dir, "thumbnails"))
	if err != nil {
		return nil, err
	}
	t.parent = r
	return t, nil
}

// Dir returns the folder of the store.
func (r *Root) Dir() string { return r.dir }

func (r *Root) marker() string { return filepath.Join(r.dir, markerName) }

// prepare makes the root, and marks it, where it is missing, and removes what
// killed processes have left.
func (r *Root) prepare() error {
	if r.parent != nil {
		if err := r.parent.prepare(); err != nil {
			return err
		}
	}
	if _, err := os.Stat(r.dir); errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(r.dir, 0o777); r.parent != nil && isReadOnly(err) {
			return err
		} else if err != nil {
			// Not one that may only be read: there is none.
			return fmt.Errorf("cannot create the store %s: %v", r.dir, err)
		}
		if err := atomicfile.SyncDir(filepath.Dir(r.dir)); err != nil {
			return err
		}
	}
	if err := r.mark(); err != nil {
		return err
	}
	r.sweep()
	return nil
}

// mark writes the marker unless it is there and sound. It is written in place:
// others may have it locked.
func (r *Root) mark() error {
	marker := markerOf(formatVersion)
	if content, err := os.ReadFile(r.marker()); err == nil && bytes.Equal(content, marker) {
		return nil
	}
	return r.locked(func() error {
		f, err := os.OpenFile(r.marker(), os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		_, err = f.Write(marker)
		if err == nil {
			err = f.Truncate(int64(len(marker)))
		}
		if err == nil {
			err = f.Sync()
		}
		return errors.Join(err, f.Close(), atomicfile.SyncDir(r.dir))
	})
}

// locked calls fn while no other process creates or removes files in the store.
func (r *Root) locked(fn func() error) error {
	f, err := os.OpenFile(r.marker(), os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := filelock.Lock(f, filelock.Exclusive, lockLimit); err != nil {
		return fmt.Errorf("cannot use the store %s: %w", r.dir, err)
	}
	return fn()
}

// A StoredSpec is a folder of embeddings.
type StoredSpec struct {
	Hash string // its name
	JSON []byte // its spec.json
	// Damaged: JSON is not what the folder is named after. Open with the right
	// Spec writes it again.
	Damaged bool
}

// Specs returns the folders of embeddings, sorted by their names. A store that is
// not there yet has none.
func (r *Root) Specs() ([]StoredSpec, error) {
	entries, err := os.ReadDir(r.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("cannot read the store: %w", err)
	}
	var specs []StoredSpec
	for _, e := range entries {
		hash, ok := parseHash(e.Name())
		dir := filepath.Join(r.dir, e.Name())
		if left := ours(dir); !ok || len(left) == 0 || filepath.Base(left[0]) == specName { // or Drop was interrupted
			continue
		}
		json, err := os.ReadFile(filepath.Join(dir, specName))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("cannot read the store: %w", err)
		}
		specs = append(specs, StoredSpec{e.Name(), json, hashOf(json) != hash})
	}
	return specs, nil
}
