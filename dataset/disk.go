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
	from     *files
	root     string            // without links
	seen     map[string]string // a folder's path without links → as it was reached
	real     map[string]string // the other way round
	dangling []string          // links that lead nowhere
	passed   []string          // notes
}

func newDisk(from *files, root string) (*disk, error) {
	real, err := filepath.EvalSymlinks(root)
	if err != nil {
		return nil, err
	}
	return &disk{from: from, root: real, seen: map[string]string{real: root}, real: map[string]string{root: real}}, nil
}

func (d *disk) origin() origin { return d.from }

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
	for {
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
		if real, err = filepath.EvalSymlinks(folder); err != nil {
			return true // reading it says why
		}
	}
	before, again := d.seen[real]
	if !again && e.link && d.willBeRead(real) {
		before, again = real, true
	}
	if again {
		d.passed = append(d.passed, fmt.Sprintf("%s is the same folder as %s and is not read twice", folder, before))
		return false
	}
	d.seen[real], d.real[folder] = folder, real
	return true
}

// willBeRead tells whether a folder lies below the root, where no name hides it.
func (d *disk) willBeRead(real string) bool {
	below, err := filepath.Rel(d.root, real)
	return err == nil && filepath.IsLocal(below) &&
		!slices.ContainsFunc(strings.Split(below, string(filepath.Separator)), isLitter)
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
