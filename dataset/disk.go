package dataset

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// disk is the place of files and folders below a root folder. Symbolic links
// are followed, but no folder is read twice: of several links to it the first
// counts, and its own name before any link. So there are no circles.
type disk struct {
	scan     *scan
	name     string            // of the root, as it was given
	root     string            // without links
	real     map[string]string // a folder's path as it was reached → without links
	dangling []string          // links that lead nowhere
	passed   []string          // notes
}

func newDisk(s *scan, root string) (*disk, error) {
	real, err := s.files.real(root)
	return &disk{scan: s, name: root, root: real, real: map[string]string{root: real}}, err
}

func (d *disk) origin() origin { return d.scan.files }

func (d *disk) join(folder, name string) string {
	switch {
	case folder == ".":
		return name
	case strings.HasSuffix(folder, string(filepath.Separator)): // the root of all
		return folder + name
	}
	return folder + string(filepath.Separator) + name
}

// listAtOnce bounds what one call to the system returns: its answer takes
// several times the memory of our entries.
const listAtOnce = 4096

func (d *disk) list(folder string) ([]entry, error) {
	file, err := os.Open(folder)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var entries []entry
	for d.scan.ctx.Err() == nil {
		found, err := file.ReadDir(listAtOnce)
		for _, f := range found {
			if e, ok := d.entry(folder, f); ok {
				entries = append(entries, e)
			}
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.name, b.name) })
	return entries, nil
}

// entry makes an entry of what the system found, if it may hold images.
func (d *disk) entry(folder string, found fs.DirEntry) (entry, bool) {
	if isLitter(found.Name()) {
		return entry{}, false
	}
	kind, link := found.Type(), false
	if kind&os.ModeSymlink != 0 {
		path := d.join(folder, found.Name())
		info, err := os.Stat(path)
		if err != nil {
			if !slices.Contains(d.dangling, path) { // a folder may be listed twice
				d.dangling = append(d.dangling, path)
			}
			return entry{}, false
		}
		kind, link = info.Mode().Type(), true
	}
	return entry{name: found.Name(), folder: kind.IsDir(), link: link}, kind.IsDir() || kind.IsRegular()
}

func (d *disk) enter(folder string, e entry) bool {
	real := filepath.Join(d.real[filepath.Dir(folder)], e.name)
	if e.link {
		var err error
		if real, err = d.scan.files.real(folder); err != nil {
			return true // reading it says why
		}
	}
	before, again := d.scan.read[real]
	if !again && e.link {
		before, again = d.ownName(real)
	}
	if again {
		d.scan.again++
		d.passed = append(d.passed, fmt.Sprintf("%s is the same folder as %s and is not read twice", folder, before))
		return false
	}
	d.scan.read[real], d.real[folder] = folder, real
	return true
}

// ownName returns the path that a folder will be reached by without links, if it
// lies below the root and no name hides it.
func (d *disk) ownName(real string) (path string, found bool) {
	below, err := filepath.Rel(d.root, real)
	found = err == nil && filepath.IsLocal(below) &&
		!slices.ContainsFunc(strings.Split(below, string(filepath.Separator)), isLitter)
	return filepath.Join(d.name, below), found
}

func (d *disk) notes() []string {
	switch notes, n := d.passed, len(d.dangling); n {
	case 0:
		return notes
	case 1:
		return append(notes, fmt.Sprintf("the link %s leads nowhere", d.dangling[0]))
	default:
		return append(notes, fmt.Sprintf("%d links lead nowhere, the first is %s", n, d.dangling[0]))
	}
}

func isLitter(name string) bool {
	switch strings.ToLower(name) {
	case "__macosx", "thumbs.db", "desktop.ini":
		return true
	}
	return strings.HasPrefix(name, ".")
}

// reasonOf is an error without the path, which the caller says itself.
func reasonOf(err error) error {
	if named, ok := errors.AsType[*fs.PathError](err); ok {
		return named.Err
	}
	return err
}
