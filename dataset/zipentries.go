package dataset

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"sort"
	"strings"
)

// zipEntry is a file or a folder of a zip file. Folders need no entry of their
// own: they are found in the names of what they hold, so that memory grows with
// the number of entries only.
type zipEntry struct {
	name string
	file *zip.File // nil for a folder
}

// maxName bounds an entry's name, in bytes, as disks do.
const maxName = 4096

// maxDepth is how many folders deep files are looked for, in zip files and on
// disks.
const maxDepth = 64

// readArchive reads the directory of a zip file. archive/zip takes memory for
// the entries that are there, whatever number the file claims.
func readArchive(ctx context.Context, path string, content io.ReaderAt, size int64) (*archive, error) {
	r, err := zip.NewReader(content, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // names are made safe below
		return nil, err
	}
	a := &archive{path: path, entries: make([]zipEntry, 0, len(r.File))}
	var special, long, deep, again tally
	for _, f := range r.File {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		name := safeName(f.Name)
		switch {
		case f.Mode()&(fs.ModeType&^fs.ModeDir) != 0: // links, which no zip reader need follow
			special.add(f.Name)
		case len(f.Name) > maxName:
			long.add(f.Name[:40] + "…")
		case strings.Count(name, "/") > maxDepth:
			deep.add(f.Name)
		case name == "" || hasLitter(name):
		case strings.HasSuffix(f.Name, "/") || strings.HasSuffix(f.Name, `\`):
			a.entries = append(a.entries, zipEntry{name, nil})
		default:
			a.entries = append(a.entries, zipEntry{name, f})
		}
	}
	slices.SortStableFunc(a.entries, func(a, b zipEntry) int { return compareNames(a.name, b.name) })
	a.entries = slices.DeleteFunc(a.entries, hiddenBy(&again))
	a.skipped = slices.Concat(
		special.note(path, "entries that are not regular files"),
		long.note(path, fmt.Sprintf("entries with names of more than %d bytes", maxName)),
		deep.note(path, fmt.Sprintf("entries more than %d folders deep", maxDepth)),
		again.note(path, "entries with the name of an earlier one"))
	return a, nil
}

// hiddenBy returns a predicate for sorted entries, asked in their order: whether
// an entry before has its name, or is a file with the name of its folder.
func hiddenBy(again *tally) func(zipEntry) bool {
	var last zipEntry
	return func(e zipEntry) bool {
		same := e.name == last.name
		if same || last.file != nil && below(e.name, last.name) {
			if e.file != nil {
				again.add(e.name)
			}
			return true
		}
		last = e
		return false
	}
}

// below reports whether a name is in a folder.
func below(name, folder string) bool {
	return len(name) > len(folder) && name[len(folder)] == '/' && name[:len(folder)] == folder
}

// compareNames orders names so that what a folder holds follows it at once: a
// slash is less than any other byte.
func compareNames(a, b string) int {
	at := 0
	for at < min(len(a), len(b)) && a[at] == b[at] {
		at++
	}
	rank := func(name string) int {
		switch {
		case at == len(name):
			return -1
		case name[at] == '/':
			return 0
		}
		return 1 + int(name[at])
	}
	return rank(a) - rank(b)
}

// at returns where a name is among the entries, or would be.
func (a *archive) at(name string) (int, bool) {
	return slices.BinarySearchFunc(a.entries, name, func(e zipEntry, name string) int { return compareNames(e.name, name) })
}

// find returns the file with that name, or nil.
func (a *archive) find(name string) *zip.File {
	if i, found := a.at(name); found {
		return a.entries[i].file
	}
	return nil
}

func (a *archive) list(folder string) ([]entry, error) {
	prefix := a.inside(folder)
	if prefix != "" {
		prefix += "/"
	}
	var found []entry
	for i, _ := a.at(prefix); i < len(a.entries) && strings.HasPrefix(a.entries[i].name, prefix); {
		e := a.entries[i]
		name, _, isBelow := strings.Cut(e.name[len(prefix):], "/")
		found = append(found, entry{name: name, folder: isBelow || e.file == nil})
		path := e.name[:len(prefix)+len(name)]
		// What this folder holds is listed when it is entered.
		rest := a.entries[i+1:]
		i += 1 + sort.Search(len(rest), func(j int) bool { return !below(rest[j].name, path) })
	}
	return found, nil
}

// safeName returns the name of an entry with slashes and without all that would
// lead out of the zip file: "..", a root. It is empty where nothing is left.
func safeName(name string) string {
	safe := path.Clean("/" + strings.ReplaceAll(name, `\`, "/"))[1:]
	if safe == name {
		return name // which is in memory already
	}
	return safe
}

func hasLitter(name string) bool {
	for part := range strings.SplitSeq(name, "/") {
		if isLitter(part) {
			return true
		}
	}
	return false
}
