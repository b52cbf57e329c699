package publicdata

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/digitalinnovationone/headstart/internal/download"
	"github.com/digitalinnovationone/headstart/internal/patherr"
)

// Options controls where a set comes from and goes to.
type Options struct {
	Dir         string                  // the new folder; "" for one with the set's name
	Mirror      string                  // replaces scheme and host of every address; "" for none
	URL         string                  // of the file, or of the folder with the files, instead of the set's own
	From        string                  // a file that the user provides, or the folder with the files: nothing is downloaded
	TFDSCorrupt bool                    // drop what TensorFlow Datasets drops
	Report      func(download.Progress) // called several times a second, in Unpack from several goroutines, one at a time; may be nil
}

// Fetched describes the folder.
type Fetched struct {
	Dir     string `json:"dir"`
	Images  int    `json:"images"`
	Dropped int    `json:"dropped"` // images that were dropped, as TensorFlow Datasets does
	Already bool   `json:"already"` // it was there before
}

// CanDrop reports whether Options.TFDSCorrupt applies to the set.
func (s Set) CanDrop() bool { return s.noJFIF > 0 }

// Fetch downloads the set. A zip is unpacked into one folder per class, which
// appears atomically, and is then removed unless the user provided it. A partial
// download is kept for the next Fetch. Files that Fetch did not make itself are
// left alone.
func (s Set) Fetch(ctx context.Context, o Options) (Fetched, error) {
	if o.TFDSCorrupt && !s.CanDrop() {
		return Fetched{}, fmt.Errorf("%s has no images that TensorFlow Datasets drops", s.Name)
	}
	o.Dir = cmp.Or(o.Dir, s.Name)
	if o.Report == nil {
		o.Report = func(download.Progress) {}
	}
	if s.member != nil {
		return s.fetchZip(ctx, o)
	}
	if err := s.checkFolder(o.Dir); err != nil {
		return Fetched{}, err
	}
	already := o.From == ""
	report := func(p download.Progress) {
		already = already && p.Phase != download.Receive
		o.Report(p)
	}
	for _, f := range s.Files {
		wanted, err := f.wanted(filepath.Join(o.Dir, f.Name), o, len(s.Files) > 1)
		if err != nil {
			return Fetched{}, err
		}
		if o.From != "" {
			err = download.Copy(ctx, wanted, filepath.Join(o.From, f.Name), report)
		} else {
			err = download.Fetch(ctx, wanted, report)
		}
		if err != nil {
			return Fetched{}, err
		}
	}
	return Fetched{Dir: o.Dir, Images: s.Images, Already: already}, nil
}

// checkFolder refuses a folder that holds other things and none of the set's
// files. If it holds one of those, anything may be beside it; names that begin
// with a dot do not count.
func (s Set) checkFolder(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("cannot write into %s: %w", dir, patherr.Strip(err))
	}
	hidden := func(e fs.DirEntry) bool { return strings.HasPrefix(e.Name(), ".") }
	entries = slices.DeleteFunc(entries, hidden)
	if len(entries) > 0 && !slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return s.owns(e.Name()) }) {
		return otherFolder(dir)
	}
	return nil
}

// owns reports whether a file is one of the set's: complete, partial or unpacked.
func (s Set) owns(name string) bool {
	return slices.ContainsFunc(s.Files, func(f File) bool {
		return name == f.Name || strings.HasPrefix(name, f.Name+".") || name == strings.TrimSuffix(f.Name, ".gz")
	})
}

func otherFolder(dir string) error {
	return fmt.Errorf("%s exists and holds something else: name another folder", dir)
}

// wanted returns the download of the file to path.
func (f File) wanted(path string, o Options, several bool) (download.File, error) {
	w := download.File{Path: path, Size: f.Bytes, SHA256: f.SHA256}
	switch {
	case o.URL != "" && several:
		address, err := url.JoinPath(o.URL, f.Name)
		if err != nil {
			return w, err
		}
		w.URLs = []string{address}
	case o.URL != "":
		w.URLs = []string{o.URL}
	case o.Mirror != "":
		address, err := download.OnMirror(o.Mirror, f.URLs[0])
		if err != nil {
			return w, err
		}
		w.URLs = []string{address}
	default:
		w.URLs = f.URLs
	}
	return w, nil
}

// fetchZip downloads the one zip of a set and unpacks it.
func (s Set) fetchZip(ctx context.Context, o Options) (Fetched, error) {
	dir := filepath.Clean(o.Dir)
	want := note{Set: s.Name, SHA256: s.Files[0].SHA256, TFDSCorrupt: o.TFDSCorrupt}
	if n, there, err := already(dir, want); there || err != nil {
		return Fetched{Dir: o.Dir, Already: true, Images: n.Images, Dropped: n.Dropped}, err
	}
	archive := dir + ".headstart.zip" // not a name that a user gives to a copy of the zip
	wanted, err := s.Files[0].wanted(archive, o, false)
	if err != nil {
		return Fetched{}, err
	}
	if o.From != "" {
		archive = o.From
		err = download.Check(ctx, wanted, archive, o.Report)
	} else {
		err = download.Fetch(ctx, wanted, o.Report)
	}
	if err != nil {
		return Fetched{}, err
	}
	n, err := s.unpack(ctx, archive, dir, want, o.Report)
	if err != nil {
		return Fetched{}, fmt.Errorf("cannot unpack %s into %s: %w", archive, dir, err)
	}
	if o.From == "" {
		err = os.Remove(archive)
	}
	return Fetched{Dir: o.Dir, Images: n.Images, Dropped: n.Dropped}, err
}

// already reports whether an earlier run made the folder, and what is in it. If
// not, there is no such folder, or an empty one.
func already(dir string, want note) (found note, there bool, err error) {
	if dir == "." { // it cannot be replaced
		return note{}, false, fmt.Errorf("%s needs a folder of its own, not the working folder: name a new one", want.Set)
	}
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return note{}, false, nil
	case err != nil:
		return note{}, false, fmt.Errorf("cannot write into %s: %w", dir, patherr.Strip(err))
	case len(entries) == 0:
		return note{}, false, nil
	}
	found, err = readNote(dir)
	if err != nil || found.Set != want.Set || found.SHA256 != want.SHA256 {
		return note{}, false, otherFolder(dir)
	}
	if found.TFDSCorrupt != want.TFDSCorrupt {
		return note{}, false, fmt.Errorf("%s already holds %s, with %d images dropped: remove it, or name another folder", dir, want.Set, found.Dropped)
	}
	return found, true, nil
}
