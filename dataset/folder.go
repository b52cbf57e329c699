package dataset

import (
	"fmt"
	"slices"
	"strings"

	"github.com/digitalinnovationone/headstart/internal/patherr"
)

// splitNames are the names that mean a split and not a class.
var splitNames = map[string]Split{
	"train": Train, "training": Train,
	"val": Val, "valid": Val, "validation": Val,
	"test": Test, "testing": Test,
}

func splitNamed(name string) Split { return splitNames[strings.ToLower(name)] }

// MixedError says that a folder whose name means a split is next to one whose
// name does not, so that neither can be told from a class.
type MixedError struct{ Split, Other string } // names of folders

func (e *MixedError) Error() string {
	return fmt.Sprintf("the folder %q is next to the split %q: it cannot be a class or a split", e.Other, e.Split)
}

// treeScan adds the samples in the folders of a place.
type treeScan struct {
	*scan
	place place
}

// labelled adds the samples of a folder of classes, or of a folder of splits
// which are folders of classes.
func (t treeScan) labelled(path string, entries []entry) error {
	folders := slices.DeleteFunc(slices.Clone(entries), func(e entry) bool { return !e.folder })
	splits := slices.DeleteFunc(slices.Clone(folders), func(e entry) bool { return splitNamed(e.name) == Unsplit })
	switch {
	case len(folders) == 0 && len(entries) > 0:
		return ErrUnlabelled
	case len(splits) == 0:
		t.classes(path, entries, Sample{}, t.classDepth)
		return nil
	case !slices.ContainsFunc(splits, func(e entry) bool { return splitNamed(e.name) == Train }):
		// A folder named "test" may be a class: then there are others next to it,
		// or it holds images and no classes.
		if len(splits) < len(folders) || !t.holdFolders(path, folders) {
			t.classes(path, entries, Sample{}, t.classDepth)
			return nil
		}
	case len(splits) < len(folders):
		other := folders[slices.IndexFunc(folders, func(e entry) bool { return splitNamed(e.name) == Unsplit })]
		return &MixedError{Split: splits[0].name, Other: other.name}
	}
	for _, split := range splits {
		like := Sample{Split: splitNamed(split.name)}
		t.below(path, split, like.Split, func(below string, entries []entry) {
			t.classes(below, entries, like, t.classDepth)
		})
	}
	return nil
}

// holdFolders reports whether each of the folders holds a folder itself.
func (t treeScan) holdFolders(path string, folders []entry) bool {
	return !slices.ContainsFunc(folders, func(folder entry) bool {
		below, err := t.place.list(t.place.join(path, folder.name))
		return err != nil || !slices.ContainsFunc(below, func(e entry) bool { return e.folder })
	})
}

// below calls visit with what a folder in path holds, if it was not read before.
// A folder that cannot be read becomes a sample, so that it is listed and counted
// like an unreadable image.
func (t treeScan) below(path string, folder entry, split Split, visit func(below string, entries []entry)) {
	if t.ctx.Err() != nil {
		return
	}
	below := t.place.join(path, folder.name)
	if !t.place.enter(below, folder) {
		return
	}
	entries, err := t.place.list(below)
	if err != nil {
		t.found = append(t.found, Sample{Path: below, Split: split, Explicit: true, UnreadableDir: true, from: absent{patherr.Strip(err)}})
		return
	}
	visit(below, entries)
}

// classes adds the files below each folder of path as a class, which lies depth
// folders deep; like is what the samples have in common.
func (t treeScan) classes(path string, entries []entry, like Sample, depth int) {
	loose := 0
	for _, e := range entries {
		if !e.folder {
			loose++
			continue
		}
		t.below(path, e, like.Split, func(below string, entries []entry) {
			like := like
			like.Label = strings.TrimPrefix(like.Label+"/"+e.name, "/")
			if depth > 1 {
				t.classes(below, entries, like, depth-1)
				return
			}
			like.Label = t.scan.classes.name(like.Label)
			before := len(t.found)
			t.files(below, entries, like)
			if len(t.found) == before {
				t.empty.add(below)
			}
		})
	}
	if loose > 0 {
		t.notes = append(t.notes, fmt.Sprintf("%s: skipped files outside class folders: %d", path, loose))
	}
}

// files adds every file below path, in the order of names, with what like says.
func (t treeScan) files(path string, entries []entry, like Sample) {
	like.from = t.place.origin()
	for _, e := range entries {
		if e.folder {
			t.below(path, e, like.Split, func(below string, entries []entry) { t.files(below, entries, like) })
			continue
		}
		like.Path = t.place.join(path, e.name)
		t.found = append(t.found, like)
	}
}
