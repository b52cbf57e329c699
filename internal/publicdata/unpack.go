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
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/digitalinnovationone/headstart/internal/atomicfile"
	"github.com/digitalinnovationone/headstart/internal/download"
)

// Unpack is the phase after download.Verify for a set that is a zip.
const Unpack download.Phase = "unpacking"

// memberRule tells the class of a zip's entry and the name that its file gets.
// Both are the rule's own words, so that an entry's name cannot lead elsewhere.
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

// hasJFIF tells whether TensorFlow Datasets takes an image for whole: the word
// stands in its first ten bytes. Most of those without it decode all the same.
func hasJFIF(image []byte) bool { return bytes.Contains(image[:min(10, len(image))], []byte("JFIF")) }

// writers is how many files are written at the same time: most of the time goes
// into waiting for the disk.
const writers = 8

// note says what a folder was made of. It lies in the folder, hidden.
type note struct {
	Set         string `json:"set"`
	SHA256      string `json:"sha256"` // of the zip
	TFDSCorrupt bool   `json:"tfds_corrupt_dropped"`
	Images      int    `json:"images"`
	Dropped     int    `json:"dropped"`
}

const noteName = ".headstart.json"

func readNote(dir string) (n note, err error) {
	text, err := os.ReadFile(filepath.Join(dir, noteName))
	if err == nil {
		err = json.Unmarshal(text, &n)
	}
	return n, err
}

// unpack makes the folder dir, which is not there or empty, of a zip, and returns the
// note that lies in it.
func (s Set) unpack(ctx context.Context, archive, dir string, n note, report func(download.Progress)) (note, error) {
	z, err := zip.OpenReader(archive)
	if err != nil {
		return n, err
	}
	defer z.Close()
	growing := dir + ".unpacking"
	unlock, err := download.Lock(growing + ".lock") // two at once would mix their files
	if err != nil {
		return n, err
	}
	defer unlock()
	if err := os.RemoveAll(growing); err != nil { // of a run that was stopped
		return n, err
	}
	defer os.RemoveAll(growing) // unless it has its name
	for _, class := range s.Classes {
		if err := os.MkdirAll(filepath.Join(growing, class), 0o777); err != nil {
			return n, err
		}
	}
	u := unpacking{set: s, note: n, into: growing, report: report, dir: dir}
	if err := u.all(ctx, z.File); err != nil {
		return n, err
	}
	if want := s.wantedNote(n); u.note != want {
		return n, fmt.Errorf("it gives %d images and %d dropped ones, not %d and %d", u.note.Images, u.note.Dropped, want.Images, want.Dropped)
	}
	return u.note, u.place(dir)
}

// wantedNote is the note on a set that is complete.
func (s Set) wantedNote(n note) note {
	n.Images = s.Images
	if n.TFDSCorrupt {
		n.Images, n.Dropped = s.Images-s.noJFIF, s.noJFIF
	}
	return n
}

// unpacking is a zip on its way into a folder.
type unpacking struct {
	set    Set
	into   string // the folder while it grows
	dir    string // its name to be
	report func(download.Progress)

	mu    sync.Mutex
	note  note  // images and dropped so far
	bytes int64 // of entries so far
}

func (u *unpacking) all(ctx context.Context, entries []*zip.File) error {
	var total int64
	for _, e := range entries {
		total += int64(e.UncompressedSize64)
	}
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(writers)
	for _, e := range entries {
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

// one writes an entry if it is an image that is wanted.
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

// write makes a new file and returns when it is on the disk.
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
	err := atomicfile.Write(filepath.Join(u.into, noteName), 0o666, func(w io.Writer) error {
		return json.NewEncoder(w).Encode(u.note)
	})
	if err != nil {
		return err
	}
	for _, class := range u.set.Classes {
		if err := atomicfile.SyncDir(filepath.Join(u.into, class)); err != nil {
			return err
		}
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) { // an empty one that was there
		return err
	}
	if err := os.Rename(u.into, dir); err != nil {
		return err
	}
	return atomicfile.SyncDir(filepath.Dir(dir))
}
