package dataset

import (
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
// counts, and its own name before any link. So circles end.
type disk struct {
	scan     *scan
	name     string            // of the root, as it was given
	root     string            // without links
	real     map[string]string // a folder's path as it was reached → without links
	broken   map[string]bool   // links that lead nowhere: a folder may be listed twice
	dangling tally             // the same, for the note
	twice    []string          // notes on the first folders reached again
	more     int               // others of those
}

func newDisk(s *scan, root string) (*disk, error) {
	real, err := s.files.real(root)
	return &disk{scan: s, name: root, root: real, real: map[string]string{root: real}, broken: map[string]bool{}}, err
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
	if strings.Count(folder[len(d.name):], string(filepath.Separator)) > maxDepth {
		return nil, fmt.Errorf("more than %d folders deep", maxDepth)
	}
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
			if !d.broken[path] {
				d.broken[path] = true
				d.dangling.add(path)
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
		if len(d.twice) < maxNotes {
			d.twice = append(d.twice, fmt.Sprintf("%s is the same folder as %s and is not read twice", folder, before))
		} else {
			d.more++
		}
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

// maxNotes bounds the notes of one kind.
const maxNotes = 20

func (d *disk) notes() []string {
	notes := d.twice
	if d.more > 0 {
		notes = append(notes, fmt.Sprintf("%s: other folders that are reached again and not read twice: %d", d.name, d.more))
	}
	return append(notes, d.dangling.note(d.name, "broken links")...)
}

func isLitter(name string) bool {
	switch strings.ToLower(name) {
	case "__macosx", "thumbs.db", "desktop.ini":
		return true
	}
	return strings.HasPrefix(name, ".")
}
