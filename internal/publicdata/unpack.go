package publicdata

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/digitalinnovationone/headstart/internal/atomicfile"
	"github.com/digitalinnovationone/headstart/internal/download"
)

// Unpack is the phase after download.Verify for sets that are zip files.
const Unpack download.Phase = "unpacking"

// memberRule returns the class of a zip's entry and the name of its file. Both
// come from the rule, so that an entry's name cannot lead outside the folder.
type memberRule func(entry string) (class, file string, ok bool)

// petImagesName is what TensorFlow Datasets takes from the zip
// (image_classification/cats_vs_dogs.py).
var petImagesName = regexp.MustCompile(`^PetImages[\\/](Cat|Dog)[\\/](\d+)\.jpg$`)

func petImages(entry string) (class, file string, ok bool) {
	parts := petImagesName.FindStringSubmatch(entry)
	if parts == nil {
		return "", "", false
	}
	return map[string]string{"Cat": "cat", "Dog": "dog"}[parts[1]], parts[2] + ".jpg", true
}

// hasJFIF reports whether TensorFlow Datasets accepts an image: the word is in its
// first ten bytes. Most images without it can be decoded.
func hasJFIF(image []byte) bool { return bytes.Contains(image[:min(10, len(image))], []byte("JFIF")) }

// writers is how many files are written concurrently: most of the time is spent
// waiting for the disk.
const writers = 8

// note records what a folder was made from, in a hidden file in it.
type note struct {
	Set         string `json:"set"`
	SHA256      string `json:"sha256"` // of the zip
	TFDSCorrupt bool   `json:"tfds_corrupt_dropped"`
	Images      int    `json:"images"`
	Dropped     int    `json:"dropped"`
}

const (
	noteName   = ".headstart.json"
	markerName = ".headstart-unpacking" // in a folder that is not complete, and ours to remove
)

func readNote(dir string) (n note, err error) {
	text, err := os.ReadFile(filepath.Join(dir, noteName))
	if err == nil {
		err = json.Unmarshal(text, &n)
	}
	return n, err
}

// unpack makes the folder dir, which does not exist or is empty, from a zip. It
// returns the note in it.
func (s Set) unpack(ctx context.Context, archive, dir string, n note, report func(download.Progress)) (_ note, err error) {
	z, err := zip.OpenReader(archive)
	if err != nil {
		return n, err
	}
	defer z.Close()
	u := unpacking{set: s, entries: z.File, note: n, into: dir + ".headstart-unpacking", report: report, dir: dir}
	unlock, err := download.Lock(u.into + ".lock") // two at once would mix their files
	if err != nil {
		return n, err
	}
	defer unlock()
	if err := u.begin(); err != nil {
		return n, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, u.remove())
		}
	}()
	if err := u.all(ctx); err != nil {
		return n, err
	}
	if want := s.wantedNote(n); u.note != want {
		return n, fmt.Errorf("it gives %d images and %d dropped ones, not %d and %d", u.note.Images, u.note.Dropped, want.Images, want.Dropped)
	}
	return u.note, u.place(dir)
}

// wantedNote is the note of a complete set.
func (s Set) wantedNote(n note) note {
	n.Images = s.Images
	if n.TFDSCorrupt {
		n.Images, n.Dropped = s.Images-s.noJFIF, s.noJFIF
	}
	return n
}

// unpacking is a zip that is being unpacked.
type unpacking struct {
	set     Set
	entries []*zip.File
	into    string // the folder while it grows
	dir     string // its final name
	report  func(download.Progress)

	mu    sync.Mutex
	note  note  // images and dropped so far
	bytes int64 // of entries so far
}

// begin makes the growing folder, in place of one that a stopped run left.
func (u *unpacking) begin() error {
	marker := filepath.Join(u.into, markerName)
	if _, err := os.Lstat(marker); err == nil {
		if err := u.remove(); err != nil {
			return err
		}
	}
	switch err := os.Mkdir(u.into, 0o777); {
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("%s was not written by headstart: rename or remove it", u.into)
	case err != nil:
		return err
	}
	if err := write(marker, nil); err != nil {
		os.Remove(u.into)
		return err
	}
	for _, class := range u.set.Classes {
		if err := os.Mkdir(filepath.Join(u.into, class), 0o777); err != nil {
			return err
		}
	}
	return nil
}

// remove removes what unpacking wrote, file by file. Other files stay, and the
// folder with them.
func (u *unpacking) remove() error {
	var ours []string
	for _, e := range u.entries {
		if class, name, ok := u.set.member(e.Name); ok {
			ours = append(ours, filepath.Join(class, name))
		}
	}
	for _, name := range slices.Concat(ours, u.set.Classes, []string{noteName, markerName, ""}) {
		if err := os.Remove(filepath.Join(u.into, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func (u *unpacking) all(ctx context.Context) error {
	var total int64
	for _, e := range u.entries {
		total += int64(e.UncompressedSize64)
	}
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(writers)
	for _, e := range u.entries {
		if inner.Err() != nil {
			break
		}
		group.Go(func() error {
			images, dropped, err := u.one(e)
			if err != nil {
				return fmt.Errorf("%q: %w", e.Name, err)
			}
			u.mu.Lock()
			defer u.mu.Unlock()
			u.note.Images += images
			u.note.Dropped += dropped
			u.bytes += int64(e.UncompressedSize64)
			u.report(download.Progress{Phase: Unpack, Path: u.dir, Bytes: u.bytes, Total: total})
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}

// one writes an entry if it is an image of the set.
func (u *unpacking) one(e *zip.File) (images, dropped int, err error) {
	class, name, ok := u.set.member(e.Name)
	if !ok {
		return 0, 0, nil
	}
	r, err := e.Open()
	if err != nil {
		return 0, 0, err
	}
	defer r.Close()
	image, err := io.ReadAll(r) // which checks its CRC
	if err != nil {
		return 0, 0, err
	}
	if u.note.TFDSCorrupt && !hasJFIF(image) {
		return 0, 1, nil
	}
	return 1, 0, write(filepath.Join(u.into, class, name), image)
}

// write creates a file and returns when it is on the disk.
func write(path string, data []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// place writes the note and gives the folder its name.
func (u *unpacking) place(dir string) error {
	text, err := json.Marshal(u.note)
	if err != nil {
		return err
	}
	if err := write(filepath.Join(u.into, noteName), append(text, '\n')); err != nil {
		return err
	}
	for _, class := range u.set.Classes {
		if err := atomicfile.SyncDir(filepath.Join(u.into, class)); err != nil {
			return err
		}
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) { // an empty folder
		return err
	}
	if err := os.Rename(u.into, dir); err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(dir, markerName)); err != nil {
		return err
	}
	return errors.Join(atomicfile.SyncDir(dir), atomicfile.SyncDir(filepath.Dir(dir)))
}
