package dataset

import (
	"path"
	"slices"
	"strings"
)

// wrapper returns the one folder in path that holds all classes or splits, as
// unpacking pets.zip into a folder pets makes pets/pets, if there is such. On a
// disk it must hold several classes: one folder may be a class with folders.
func (t treeScan) wrapper(path string, entries []entry) (wrapper entry, found bool) {
	wrapper, found = onlyFolder(entries)
	if !found || t.foldersBelow(path, entries, t.classDepth) > 1 {
		return entry{}, false
	}
	inside := t.place.join(path, wrapper.name)
	below, err := t.place.list(inside)
	least := 2
	if _, zipped := t.place.(*archive); zipped {
		if _, hasManifest := manifestAmong(below); hasManifest {
			return wrapper, true
		}
		least = 1
	}
	if err != nil || slices.ContainsFunc(below, entry.looksLikeImage) {
		return entry{}, false
	}
	if t.foldersBelow(inside, below, t.classDepth) >= least || slices.ContainsFunc(below, func(e entry) bool { return e.folder && splitNamed(e.name) == Train }) {
		return wrapper, true
	}
	_, found = t.wrapper(inside, below)
	return wrapper, found
}

// onlyFolder returns the only folder among entries, unless its name is a split's.
func onlyFolder(entries []entry) (only entry, found bool) {
	for _, e := range entries {
		if e.folder {
			if found {
				return entry{}, false
			}
			only, found = e, true
		}
	}
	return only, found && splitNamed(only.name) == Unsplit
}

// foldersBelow counts the folders so many folders deep, up to two.
func (t treeScan) foldersBelow(path string, entries []entry, depth int) (n int) {
	for _, e := range entries {
		switch {
		case !e.folder:
		case depth == 1:
			n++
		default:
			inside := t.place.join(path, e.name)
			if below, err := t.place.list(inside); err == nil {
				n += t.foldersBelow(inside, below, depth-1)
			}
		}
		if n > 1 {
			return 2
		}
	}
	return n
}

func (e entry) looksLikeImage() bool {
	return !e.folder && slices.Contains([]string{".jpg", ".jpeg", ".png", ".webp", ".heic", ".avif", ".gif", ".bmp", ".tif", ".tiff"}, strings.ToLower(path.Ext(e.name)))
}
