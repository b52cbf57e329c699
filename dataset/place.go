package dataset

// place is where files lie in folders: the disk, or a zip file.
type place interface {
	// list returns what a folder holds, by name, without what holds no images
	// on any system: hidden files, what systems leave behind, devices, pipes
	// and links that lead nowhere.
	list(folder string) ([]entry, error)
	// enter tells whether the folder, which e is, is to be read: not if it was
	// reached before or will be under its own name.
	enter(folder string, e entry) bool
	// join returns the path of what a folder holds.
	join(folder, name string) string
	origin() origin
}

// entry is a file or folder that may hold images.
type entry struct {
	name   string
	folder bool
	link   bool // a symbolic link to what is said
}
