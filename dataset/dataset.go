// Package dataset says which images there are, with which labels, in which
// split. It never looks at pixels: a [Sample] hands out bytes, and where they
// lie (a file, a record of an IDX file) is its own affair.
package dataset

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
)

// Split is the part of a data set a sample belongs to.
type Split string

// The splits. Unsplit is that of every sample where the data has no splits.
const (
	Unsplit Split = ""
	Train   Split = "train"
	Val     Split = "val"
	Test    Split = "test"
)

// ErrEmpty is wrapped where DATA holds no image at all.
var ErrEmpty = errors.New("no images")

// ErrUnlabelled is wrapped where labels are needed and DATA has none.
var ErrUnlabelled = errors.New("no class folders")

// Sample is one image: a name for it, what is known of it, and the way to its
// bytes. Samples are cheap to copy.
type Sample struct {
	Path  string // as the user would write it; records in containers are FILE#RECORD
	Label string // the class, or "" where it is not known
	Split Split
	Named bool // named by the user itself, not found in a folder

	from origin
}

// ID tells whether a sample's bytes are still those of an earlier look,
// without reading them.
type ID struct {
	Path    string // absolute
	Size    int64  // bytes
	ModTime int64  // nanoseconds since 1970
	Inode   uint64 // 0 where the platform has none
}

// origin is where samples come from.
type origin interface {
	id(s Sample) (ID, error)
	read(s Sample, buf []byte, max int64) ([]byte, error)
}

// ID looks the sample up (a stat of its file) without reading it.
func (s Sample) ID() (ID, error) { return s.from.id(s) }

// Read appends the sample's bytes, an image file of at most max bytes, to
// buf[:0] and returns the result. Errors name the sample's path.
func (s Sample) Read(buf []byte, max int64) ([]byte, error) { return s.from.read(s, buf[:0], max) }

// Dataset is the samples of one or several DATA arguments, in a stable order.
// A million samples take about 100 MB.
type Dataset struct {
	Samples []Sample
	Notes   []string // what was passed over, in words for the user
}

// Scan reads the labelled data sets at paths and joins them. Each path is a
// folder with one folder per class, a folder with train, val or test folders
// of that kind, a folder with MNIST's IDX files, or an IDX file of images.
func Scan(paths ...string) (*Dataset, error) {
	return join(paths, scanLabelled)
}

// ScanUnlabelled finds every file at and below paths and asks for no labels.
func ScanUnlabelled(paths ...string) (*Dataset, error) {
	return join(paths, scanUnlabelled)
}

func join(paths []string, scan func(*Dataset, string) error) (*Dataset, error) {
	var d Dataset
	for _, path := range paths {
		before := len(d.Samples)
		if err := scan(&d, path); err != nil {
			var missing *fs.PathError
			if errors.As(err, &missing) && missing.Path == path {
				err = missing.Err // which does not say the path again
			}
			return nil, fmt.Errorf("cannot read %s: %w", path, err)
		}
		if len(d.Samples) == before {
			return nil, fmt.Errorf("%w in %s", ErrEmpty, strings.Join(append([]string{path}, d.Notes...), "; "))
		}
		if splits := d.Splits(); len(splits) > 1 && splits[0] == Unsplit {
			return nil, fmt.Errorf("cannot join %s: some have splits and some have none", strings.Join(paths, " and "))
		}
	}
	return &d, nil
}

// Classes returns the labels that samples have, sorted.
func Classes(samples []Sample) []string {
	seen := map[string]bool{}
	for _, s := range samples {
		if s.Label != "" {
			seen[s.Label] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// Splits returns the splits in use: Unsplit alone, or some of Train, Val and
// Test in this order.
func (d *Dataset) Splits() []Split {
	var splits []Split
	for _, split := range []Split{Unsplit, Train, Val, Test} {
		if slices.ContainsFunc(d.Samples, func(s Sample) bool { return s.Split == split }) {
			splits = append(splits, split)
		}
	}
	return splits
}

// In returns the samples of one split.
func (d *Dataset) In(split Split) []Sample {
	var in []Sample
	for _, s := range d.Samples {
		if s.Split == split {
			in = append(in, s)
		}
	}
	return in
}
