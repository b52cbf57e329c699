package dataset

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/digitalinnovationone/headstart/internal/patherr"
)

// addArchive adds what a zip file holds: a file named manifest, or folders of
// classes or of splits; one folder may wrap them all.
func (s *scan) addArchive(a *archive) error {
	tree := treeScan{s, a}
	s.notes = append(s.notes, a.notes()...)
	root := a.path
	entries, err := a.list(root)
	if err != nil {
		return err
	}
	if !s.labelled {
		tree.files(root, entries, Sample{})
		return nil
	}
	for {
		if manifest, found := manifestAmong(entries); found {
			return s.addArchivedManifest(a, root, manifest)
		}
		wrapper, found := tree.wrapper(root, entries)
		if !found {
			return tree.labelled(root, entries)
		}
		root = a.join(root, wrapper.name)
		if entries, err = a.list(root); err != nil {
			return err
		}
	}
}

// manifestAmong returns the name of the manifest that entries hold.
func manifestAmong(entries []entry) (name string, found bool) {
	for _, e := range entries {
		if !e.folder && isManifest(e.name) && strings.HasPrefix(e.name, "manifest.") {
			return e.name, true
		}
	}
	return "", false
}

func (s *scan) addArchivedManifest(a *archive, folder, name string) error {
	path := a.join(folder, name)
	content, err := a.open(path)
	if err != nil {
		return err
	}
	defer content.Close()
	// A manifest of gigabytes packs into a few kilobytes.
	most := 1000 + 10*len(a.entries)
	if err := s.addManifest(path, content, s.inArchive(a, folder), most); err != nil {
		return fmt.Errorf("%s: %w", a.inside(path), err)
	}
	return nil
}

// archive opens a zip file, once for all samples in it.
func (s *scan) archive(path string) (*archive, error) {
	if known, ok := s.containers[path].(*archive); ok {
		return known, nil
	}
	a, err := openArchive(s.ctx, s.files, path)
	if err != nil {
		return nil, err
	}
	s.containers[path] = a
	return a, nil
}

// locate finds the files of a manifest's lines, whose paths are given as the
// manifest has them.
type locate struct {
	sample func(path string) (Sample, error)
	has    func(path string) bool // reports whether there is such a file
}

// onDisk locates files relative to a folder, and records of containers there.
func (s *scan) onDisk(folder string) locate {
	absolute := func(path string) string {
		path = filepath.FromSlash(path)
		if !filepath.IsAbs(path) {
			path = filepath.Join(folder, path)
		}
		return path
	}
	return locate{
		sample: func(path string) (Sample, error) {
			path = absolute(path)
			from, err := s.containerOf(path)
			if from == nil {
				from = s.files
			}
			return Sample{Path: path, from: from}, err
		},
		has: func(path string) bool { return s.has(absolute(path)) },
	}
}

// has reports whether there is a file, or an entry of a zip file.
func (s *scan) has(path string) bool {
	from, err := s.containerOf(path)
	if a, is := from.(*archive); is && err == nil {
		return a.find(a.inside(path)) != nil
	}
	if from != nil || err != nil { // the error comes again
		return true
	}
	_, err = os.Stat(path)
	return err == nil
}

// inArchive locates entries relative to a folder of a zip file, and never
// outside the zip file.
func (s *scan) inArchive(a *archive, folder string) locate {
	entry := func(path string) string { return a.join(folder, safeName(path)) }
	return locate{
		sample: func(path string) (Sample, error) { return Sample{Path: entry(path), from: a}, nil },
		has:    func(path string) bool { return a.find(a.inside(entry(path))) != nil },
	}
}

// containerOf returns the origin of FILE#RECORD, or nil if path is a file's.
func (s *scan) containerOf(path string) (origin, error) {
	for at := 0; ; at++ {
		next := strings.IndexByte(path[at:], '#')
		if next < 0 {
			return nil, nil
		}
		at += next
		file := path[:at]
		if !isZip(file) && !isIDXImages(filepath.Base(file)) {
			continue
		}
		known, found := s.containers[file]
		if !found {
			if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
				if known, err = s.openContainer(file); err != nil {
					return nil, err
				}
			}
			s.containers[file] = known
		}
		if known != nil {
			return known, nil
		}
	}
}

func (s *scan) openContainer(file string) (origin, error) {
	if isZip(file) {
		a, err := s.archive(file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, patherr.Strip(err))
		}
		return a, nil
	}
	return newIDX(s.files, file)
}
