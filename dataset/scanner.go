package dataset

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Scanner finds samples. The zero value is ready for use.
type Scanner struct {
	// ClassDepth is how many folders deep a class lies: with 2, the class of
	// animals/cats/1.jpg is "animals/cats". 0 means 1.
	ClassDepth int
}

// Scan reads labelled data sets with a zero Scanner.
func Scan(paths ...string) (*Dataset, error) { return Scanner{}.Scan(paths...) }

// ScanUnlabelled finds files with a zero Scanner.
func ScanUnlabelled(paths ...string) (*Dataset, error) { return Scanner{}.ScanUnlabelled(paths...) }

// Scan reads the labelled data sets at paths and joins them. Each path is a
// folder with one folder per class, a folder with train, val or test folders
// of that kind, a zip file of either or with a manifest, a manifest (.csv,
// .jsonl or .ndjson), a folder with MNIST's IDX files, or an IDX file of images.
func (c Scanner) Scan(paths ...string) (*Dataset, error) { return c.join(paths, true) }

// ScanUnlabelled finds every file at and below paths, in zip files and in
// manifests, and asks for no labels.
func (c Scanner) ScanUnlabelled(paths ...string) (*Dataset, error) { return c.join(paths, false) }

func (c Scanner) join(paths []string, labelled bool) (*Dataset, error) {
	files, err := newFiles()
	if err != nil {
		return nil, err
	}
	s := scan{files: files, classDepth: max(c.ClassDepth, 1), labelled: labelled, containers: map[string]origin{}}
	for _, path := range paths {
		before := s.found.count
		if err := s.add(path); err != nil {
			if missing, ok := errors.AsType[*fs.PathError](err); ok && missing.Path == path {
				err = missing.Err // which does not say the path again
			}
			return nil, fmt.Errorf("cannot read %s: %w", path, err)
		}
		if s.found.count == before {
			return nil, fmt.Errorf("%w in %s", ErrEmpty, strings.Join(append([]string{path}, s.notes...), "; "))
		}
	}
	d := &Dataset{Samples: s.found.samples(), Notes: s.notes}
	if splits := d.Splits(); labelled && len(splits) > 1 && splits[0] == Unsplit {
		if len(paths) == 1 {
			return nil, fmt.Errorf("cannot read %s: some images have a split and some have none", paths[0])
		}
		return nil, fmt.Errorf("cannot join %s: some have splits and some have none", strings.Join(paths, " and "))
	}
	return d, nil
}

// scan is the work of a Scanner.
type scan struct {
	found      collected
	notes      []string // of the Dataset
	files      *files
	classDepth int
	labelled   bool
	containers map[string]origin // that manifests name or that were given; nil for what is none
}

// add adds the samples at one of the user's paths.
func (s *scan) add(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return s.addFolder(path)
	case !info.Mode().IsRegular():
		return errors.New("neither a file nor a folder")
	case isManifest(path):
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		return s.addManifest(path, file, s.onDisk(filepath.Dir(path)))
	case isZip(path):
		archive, err := s.archive(path)
		if err != nil {
			return err
		}
		return s.addArchive(archive)
	case !s.labelled:
		s.found.add(Sample{Path: path, Named: true, from: s.files})
		return nil
	case isIDXImages(filepath.Base(path)):
		return s.addIDXFile(path)
	}
	return errors.New("neither a folder, a zip file (.zip), a manifest (.csv, .jsonl, .ndjson) nor an IDX file of images (…-images-idx3-ubyte)")
}

func (s *scan) addFolder(path string) error {
	path = filepath.Clean(path)
	disk, err := newDisk(s.files, path)
	if err != nil {
		return err
	}
	defer func() { s.notes = append(s.notes, disk.notes()...) }()
	entries, err := disk.list(path)
	if err != nil {
		return err
	}
	tree := treeScan{s, disk}
	if !s.labelled {
		tree.files(path, entries, Sample{})
		return nil
	}
	if found, err := s.addIDXFolder(path, entries); found || err != nil {
		return err
	}
	return tree.labelled(path, entries)
}
