package dataset

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// splitNames are the folder names that mean a split and not a class.
var splitNames = map[string]Split{
	"train": Train, "training": Train,
	"val": Val, "valid": Val, "validation": Val,
	"test": Test, "testing": Test,
}

// scanLabelled adds the labelled samples at path.
func scanLabelled(d *Dataset, path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return scanIDXFile(d, path)
	}
	files, err := newFiles()
	if err != nil {
		return err
	}
	entries, err := files.list(path)
	if err != nil {
		return err
	}
	if found, err := scanIDXFolder(d, path, entries); found || err != nil {
		return err
	}
	return scanFolder(d, files, path, entries)
}

// scanFolder adds the samples of a folder of classes, or of a folder of splits
// which are folders of classes.
func scanFolder(d *Dataset, files *files, path string, entries []entry) error {
	folders := slices.DeleteFunc(slices.Clone(entries), func(e entry) bool { return !e.folder })
	splits := slices.DeleteFunc(slices.Clone(folders), func(e entry) bool {
		return splitNames[strings.ToLower(e.name)] == Unsplit
	})
	switch {
	case len(folders) == 0 && len(entries) > 0:
		return ErrUnlabelled
	case len(splits) == 0:
		return scanClasses(d, files, path, Unsplit, entries)
	case !slices.ContainsFunc(splits, isTraining):
		// A folder named "test" may well be a class: then others stand beside it,
		// or it holds images and no classes.
		if nested, err := files.holdFolders(path, folders); err != nil {
			return err
		} else if !nested || len(splits) < len(folders) {
			return scanClasses(d, files, path, Unsplit, entries)
		}
	case len(splits) < len(folders):
		other := folders[slices.IndexFunc(folders, func(e entry) bool { return !slices.Contains(splits, e) })]
		return fmt.Errorf("the folder %q stands beside the split %q: it can be neither class nor split", other.name, splits[0].name)
	}
	for _, split := range splits {
		below := filepath.Join(path, split.name)
		entries, err := files.list(below)
		if err != nil {
			return err
		}
		if err := scanClasses(d, files, below, splitNames[strings.ToLower(split.name)], entries); err != nil {
			return err
		}
	}
	return nil
}

// holdFolders tells whether each of the folders holds a folder itself.
func (f *files) holdFolders(path string, folders []entry) (bool, error) {
	for _, folder := range folders {
		below, err := f.list(filepath.Join(path, folder.name))
		if err != nil {
			return false, err
		}
		if !slices.ContainsFunc(below, func(e entry) bool { return e.folder }) {
			return false, nil
		}
	}
	return true, nil
}

func isTraining(e entry) bool { return splitNames[strings.ToLower(e.name)] == Train }

// scanClasses adds the files below each folder of path under its name.
func scanClasses(d *Dataset, files *files, path string, split Split, entries []entry) error {
	loose := 0
	for _, e := range entries {
		if !e.folder {
			loose++
			continue
		}
		before := len(d.Samples)
		below := filepath.Join(path, e.name)
		if err := files.walk(below, func(file string) {
			d.Samples = append(d.Samples, Sample{Path: file, Label: e.name, Split: split, from: files})
		}); err != nil {
			return err
		}
		if len(d.Samples) == before {
			d.Notes = append(d.Notes, fmt.Sprintf("%s is empty and makes no class", below))
		}
	}
	if loose > 0 {
		d.Notes = append(d.Notes, fmt.Sprintf("%s: files in no class folder are passed over: %d", path, loose))
	}
	return nil
}

// scanUnlabelled adds every file at or below path.
func scanUnlabelled(d *Dataset, path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	files, err := newFiles()
	if err != nil {
		return err
	}
	switch mode := info.Mode(); {
	case mode.IsRegular():
		d.Samples = append(d.Samples, Sample{Path: path, Named: true, from: files})
		return nil
	case !mode.IsDir():
		return errors.New("neither a file nor a folder")
	}
	return files.walk(path, func(file string) {
		d.Samples = append(d.Samples, Sample{Path: file, from: files})
	})
}
