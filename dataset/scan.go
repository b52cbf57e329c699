package dataset

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/digitalinnovationone/headstart/internal/patherr"
)

// scan is one run of a Scanner.
type scan struct {
	ctx        context.Context
	found      []Sample
	notes      []string // of the Dataset
	empty      tally    // class folders of the path that is read
	files      *files
	classDepth int
	labelled   bool
	read       map[string]string // a folder's or file's path without links → as it was reached
	again      int               // how often something was reached after it had been read
	containers map[string]origin // zip and IDX files by path; nil if it is neither
	classes    *classNames
	groups     *classNames
}

func newScan(ctx context.Context, c Scanner, labelled bool) (*scan, error) {
	files, err := newFiles()
	return &scan{
		ctx: ctx, files: files, classDepth: max(c.ClassDepth, 1), labelled: labelled,
		read: map[string]string{}, containers: map[string]origin{}, classes: newClassNames(), groups: newClassNames(),
	}, err
}

func (s *scan) dataset() *Dataset {
	notes := slices.Concat(s.notes, s.classes.note("the class", "classes"), s.groups.note("the group", "groups"))
	return &Dataset{Samples: slices.Clone(s.found), Notes: notes}
}

// path adds the samples at one of the user's paths. It is an error if there are
// none, unless they were added before.
func (s *scan) path(path string) error {
	found, again, notes := len(s.found), s.again, len(s.notes)
	err := s.add(path)
	s.notes = append(s.notes, s.empty.note(path, "class folders without files")...)
	s.empty = tally{}
	switch {
	case s.ctx.Err() != nil:
		return context.Cause(s.ctx)
	case err != nil:
		return fmt.Errorf("cannot read %s: %w", path, patherr.StripPath(err, path))
	case len(s.found) == found && (s.again == again || found == 0):
		return fmt.Errorf("%w in %s", ErrEmpty, strings.Join(append([]string{path}, s.notes[notes:]...), "; "))
	}
	return nil
}

// add adds the samples at a path, unless it was read before.
func (s *scan) add(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !s.labelled:
		return s.addRecord(path, err)
	case err != nil:
		return err
	case !info.IsDir() && !info.Mode().IsRegular():
		return errors.New("not a regular file or folder")
	case !s.labelled && !info.IsDir() && !isManifest(path) && !isZip(path):
		s.found = append(s.found, Sample{Path: path, Explicit: true, from: s.files})
		return nil
	}
	real, err := s.files.real(path)
	if err != nil {
		return err
	}
	switch before, again := s.read[real]; {
	case !again:
		s.read[real] = path
		return s.addContainer(path, info.IsDir())
	case before == path:
		s.notes = append(s.notes, path+" is given twice and is read once")
	default:
		s.notes = append(s.notes, fmt.Sprintf("%s is the same as %s and is not read twice", path, before))
	}
	s.again++
	return nil
}

func (s *scan) addContainer(path string, folder bool) error {
	switch {
	case folder:
		return s.addFolder(filepath.Clean(path))
	case isManifest(path):
		return s.addManifestFile(path)
	case isZip(path):
		archive, err := s.archive(path)
		if err != nil {
			return err
		}
		return s.addArchive(archive)
	case isIDXImages(filepath.Base(path)):
		return s.addIDXFile(path)
	}
	if slices.Contains([]string{".xlsx", ".xls", ".ods"}, strings.ToLower(filepath.Ext(path))) {
		return errors.New("a workbook: save the sheet as CSV UTF-8, and give the .csv file")
	}
	return errors.New("not a folder, zip file (.zip), manifest (.csv, .tsv, .jsonl, .ndjson) or IDX file of images (…-images-idx3-ubyte)")
}

// addRecord adds the sample at FILE#RECORD; missing is the error of opening path
// as a file.
func (s *scan) addRecord(path string, missing error) error {
	from, err := s.containerOf(path)
	if err != nil {
		return err
	}
	if from == nil {
		return missing
	}
	s.found = append(s.found, Sample{Path: path, Explicit: true, from: from})
	return nil
}

func (s *scan) addFolder(path string) error {
	disk, err := newDisk(s, path)
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
	for {
		wrapper, found := tree.wrapper(path, entries)
		if !found {
			return tree.labelled(path, entries)
		}
		inside := disk.join(path, wrapper.name)
		if !disk.enter(inside, wrapper) {
			return nil
		}
		s.notes = append(s.notes, fmt.Sprintf("%s is the only folder in %s: the folders in it are taken for the classes", inside, path))
		path = inside
		if entries, err = disk.list(path); err != nil {
			return err
		}
	}
}
