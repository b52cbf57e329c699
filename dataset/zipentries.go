package dataset

import (
	"archive/zip"
	"path"
	"strings"
)

// safeName returns the name of an entry with slashes and without all that would
// lead out of the zip file: "..", a root. It is empty where nothing is left.
func safeName(name string) string {
	return path.Clean("/" + strings.ReplaceAll(name, `\`, "/"))[1:]
}

func hasLitter(name string) bool {
	for part := range strings.SplitSeq(name, "/") {
		if isLitter(part) {
			return true
		}
	}
	return false
}

// insert puts a file into its folder, and that into those above it.
func (a *archive) insert(name string, f *zip.File) {
	folder, base := cutLast(name)
	if strings.HasSuffix(f.Name, "/") || strings.HasSuffix(f.Name, `\`) {
		a.mkdir(name)
		return
	}
	a.mkdir(folder)
	a.folders[folder] = append(a.folders[folder], zipEntry{entry{name: base}, f})
}

func (a *archive) mkdir(name string) {
	if _, exists := a.folders[name]; exists {
		return
	}
	above, base := cutLast(name)
	a.mkdir(above)
	a.folders[above] = append(a.folders[above], zipEntry{entry: entry{name: base, folder: true}})
	a.folders[name] = nil
}

func cutLast(name string) (folder, base string) {
	at := strings.LastIndexByte(name, '/')
	return name[:max(at, 0)], name[at+1:]
}
