package dataset

// place is a tree of folders: the disk, or a zip file.
type place interface {
	// list returns what a folder holds, sorted by name, without what never
	// holds images: hidden files, files of the system, devices, pipes, sockets
	// and broken links.
	list(folder string) ([]entry, error)
	// enter reports whether to read the folder that e is: not if it was read
	// before, or will be under its own name.
	enter(folder string, e entry) bool
	// join returns the path of what a folder holds.
	join(folder, name string) string
	origin() origin
}

// entry is a file or folder that may hold images.
type entry struct {
	name   string
	folder bool
	link   bool // reached by a symbolic link
}
