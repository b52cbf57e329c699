// Package dataset finds labelled images: in folders, manifests, zip files and
// IDX files. Scan lists them as samples, with their classes, splits and groups.
// It never decodes pixels: a [Sample] returns the bytes of an image file,
// wherever they are stored.
package dataset

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
)

// Split is the part of a data set that a sample belongs to.
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

// Sample is one image: its name, what is known about it, and access to its
// bytes. Samples are cheap to copy. They come from a scan, [FromFile] or
// [FromBytes]; one that a program fills in itself is the image file at Path.
type Sample struct {
	Path     string // as the user would write it; records in containers are FILE#RECORD
	Label    string // the class, or "" if unknown; a scan gives it in the form of ClassName
	Split    Split
	Group    string   // samples of one group must share a split; "" means no group
	Weight   *float64 // how much the sample counts in training, 0 or more; nil means 1
	Explicit bool     // given by the user or a manifest, not found in a folder
	// UnreadableDir marks a folder that cannot be listed. It has no class and
	// stands for the images in it; Read returns the reason.
	UnreadableDir bool
	// SHA256 is the digest that a manifest gives, or zero. If the manifest gives
	// no path, Path is "sha256:" and the digits, and the bytes are not available:
	// the embedding may be in a store already.
	SHA256 [sha256.Size]byte

	from origin
}

// ID identifies the state of a sample's file, so that a change is noticed
// without reading it. The zero ID means that there is no file to look at.
type ID struct {
	Path       string // absolute
	Size       int64  // bytes; of the container, if there is one
	ModTime    int64  // nanoseconds since 1970
	ChangeTime int64  // of the inode (ctime), nanoseconds since 1970; 0 where the platform has none
	Inode      uint64 // 0 where the platform has none
}

// origin is where samples come from. It is safe for concurrent use.
type origin interface {
	id(s Sample) (ID, error)
	read(s Sample, buf []byte, max int64) ([]byte, error)
}

// ID returns the state of the sample's file without reading it (one stat).
func (s Sample) ID() (ID, error) { return s.origin().id(s) }

// origin is that of a file for a Sample that a program has made itself.
func (s Sample) origin() origin {
	if s.from != nil {
		return s.from
	}
	return FromFile(s.Path).from
}

// Read appends the sample's image file, at most max bytes, to buf[:0] and
// returns the result. It is an error if the bytes do not match SHA256. Errors
// name the sample's path.
func (s Sample) Read(buf []byte, max int64) ([]byte, error) {
	data, err := s.origin().read(s, buf[:0], max)
	if err != nil || s.SHA256 == [sha256.Size]byte{} {
		return data, err
	}
	if sum := sha256.Sum256(data); sum != s.SHA256 {
		return data, &fs.PathError{Op: "read", Path: s.Path, Err: fmt.Errorf("its SHA-256 is %x, and not %x as the manifest says", sum, s.SHA256)}
	}
	return data, nil
}

// Dataset is the samples of one or several DATA arguments, in a stable order.
// A million samples take about 130 MB and their paths, a million entries of zip
// files some 300 MB more.
type Dataset struct {
	Samples []Sample
	Notes   []string // what was skipped, in words for the user
}

// Classes returns the labels that samples have, as [ClassName] writes them,
// sorted.
func Classes(samples []Sample) []string {
	seen := map[string]bool{}
	for _, s := range samples {
		if s.Label != "" {
			seen[ClassName(s.Label)] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// Splits returns the splits in use: Unsplit alone, or some of Train, Val and
// Test in this order.
func (d *Dataset) Splits() []Split { return splitsOf(d.Samples) }

func splitsOf(samples []Sample) []Split {
	var splits []Split
	for _, split := range []Split{Unsplit, Train, Val, Test} {
		if slices.ContainsFunc(samples, func(s Sample) bool { return s.Split == split }) {
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
