package dataset

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// archive is the place of a zip file's entries, which are read where they lie.
// It stays open for as long as a sample may be read from it. Paths are the zip
// file's own, for its root, or that with "#" and the name of an entry.
type archive struct {
	path    string
	from    *files
	file    *os.File
	folders map[string][]zipEntry // what each holds, by name; "" is the root
	passed  []string              // notes
}

type zipEntry struct {
	entry
	file *zip.File // nil for a folder
}

// maxName bounds an entry's name, in bytes, as disks do: each of its folders is
// kept.
const maxName = 4096

func isZip(path string) bool { return strings.EqualFold(filepath.Ext(path), ".zip") }

func openArchive(from *files, path string) (*archive, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return nil, err
	}
	r, err := zip.NewReader(file, info.Size())
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // names are made safe below
		file.Close()
		return nil, err
	}
	a := &archive{path: path, from: from, file: file, folders: map[string][]zipEntry{"": nil}}
	long := 0
	for _, f := range r.File {
		if f.Mode()&(fs.ModeType&^fs.ModeDir) != 0 { // links, which no zip reader need follow
			a.passed = append(a.passed, fmt.Sprintf("%s#%s is no file and is passed over", path, f.Name))
			continue
		}
		if len(f.Name) > maxName {
			long++
			continue
		}
		if name := safeName(f.Name); name != "" && !hasLitter(name) {
			a.insert(name, f)
		}
	}
	if long > 0 {
		a.passed = append(a.passed, fmt.Sprintf("%s: entries with names of more than %d bytes are passed over: %d", path, maxName, long))
	}
	again := 0
	for folder, entries := range a.folders {
		slices.SortStableFunc(entries, func(a, b zipEntry) int { return strings.Compare(a.name, b.name) })
		once := slices.CompactFunc(entries, func(a, b zipEntry) bool { return a.name == b.name })
		again += len(entries) - len(once)
		a.folders[folder] = once
	}
	if again > 0 {
		a.passed = append(a.passed, fmt.Sprintf("%s: entries named as one before them are passed over: %d", path, again))
	}
	return a, nil
}

func (a *archive) origin() origin { return a }

func (a *archive) notes() []string { return a.passed }

func (a *archive) enter(string, entry) bool { return true }

func (a *archive) join(folder, name string) string {
	if folder == a.path {
		return folder + "#" + name
	}
	return folder + "/" + name
}

// inside returns the name in the zip file of what has the given path.
func (a *archive) inside(path string) string {
	return strings.TrimPrefix(path[len(a.path):], "#")
}

func (a *archive) list(folder string) ([]entry, error) {
	found := a.folders[a.inside(folder)]
	entries := make([]entry, len(found))
	for i, e := range found {
		entries[i] = e.entry
	}
	return entries, nil
}

var errNoEntry = errors.New("the zip file has no such entry")

// find returns the file with the given path.
func (a *archive) find(path string) (*zip.File, error) {
	folder, base := cutLast(a.inside(path))
	entries := a.folders[folder]
	at, found := slices.BinarySearchFunc(entries, base, func(e zipEntry, name string) int { return strings.Compare(e.name, name) })
	if !found || entries[at].folder {
		return nil, &fs.PathError{Op: "open", Path: path, Err: errNoEntry}
	}
	return entries[at].file, nil
}

func (a *archive) open(path string) (io.ReadCloser, error) {
	entry, err := a.find(path)
	if err != nil {
		return nil, err
	}
	const encrypted = 1 // a bit of the flags, APPNOTE.TXT 4.4.4
	if entry.Flags&encrypted != 0 {
		return nil, &fs.PathError{Op: "open", Path: path, Err: errors.New("it is encrypted: unpack the zip file with its password")}
	}
	content, err := entry.Open()
	if errors.Is(err, zip.ErrAlgorithm) {
		err = errors.New("it is packed in another way than deflate: unpack the zip file")
	}
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return content, nil
}

// id tells of the zip file that was opened, even if another has its name now.
func (a *archive) id(s Sample) (ID, error) {
	info, err := a.file.Stat()
	if err != nil {
		return ID{}, err
	}
	return a.from.idOf(s.Path, info), nil
}

func (a *archive) read(s Sample, buf []byte, max int64) ([]byte, error) {
	content, err := a.open(s.Path)
	if err != nil {
		return buf, err
	}
	defer content.Close()
	// The size an entry claims is not to be trusted, nor memory taken for it.
	into := bytes.NewBuffer(buf)
	n, err := into.ReadFrom(io.LimitReader(content, max+1))
	if err != nil {
		return into.Bytes(), &fs.PathError{Op: "read", Path: s.Path, Err: err}
	}
	if n > max {
		return into.Bytes(), &fs.PathError{Op: "read", Path: s.Path, Err: fmt.Errorf("unpacked it is over the limit of %d bytes", max)}
	}
	return into.Bytes(), nil
}
