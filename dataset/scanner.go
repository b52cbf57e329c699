package dataset

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Scanner finds samples. The zero value is ready for use. When its context ends,
// a scan returns the context's cause.
//
// No folder, container or manifest is read twice by one scan, whatever paths
// lead to it; Dataset.Notes says so. An image that is named twice is two
// samples.
type Scanner struct {
	// ClassDepth is how many folders deep a class lies: with 2, the class of
	// animals/cats/1.jpg is "animals/cats". 0 means 1.
	ClassDepth int
}

// Scan reads labelled data sets with a zero Scanner.
func Scan(ctx context.Context, paths ...string) (*Dataset, error) {
	return Scanner{}.Scan(ctx, paths...)
}

// ScanUnlabelled finds files with a zero Scanner.
func ScanUnlabelled(ctx context.Context, paths ...string) (*Dataset, error) {
	return Scanner{}.ScanUnlabelled(ctx, paths...)
}

// Scan reads the labelled data sets at paths and joins them. Each path is a
// folder with one folder per class, a folder with train, val or test folders
// of that kind, a zip file of either or with a manifest, a manifest (.csv,
// .tsv, .jsonl or .ndjson), a folder with MNIST's IDX files, or an IDX file of images.
func (c Scanner) Scan(ctx context.Context, paths ...string) (*Dataset, error) {
	d, err := c.join(ctx, paths, true)
	if err != nil {
		return nil, err
	}
	if splits := d.Splits(); len(splits) > 1 && splits[0] == Unsplit {
		if len(paths) == 1 {
			return nil, fmt.Errorf("cannot read %s: some images have a split and some have none", paths[0])
		}
		return nil, fmt.Errorf("cannot join %s: some have splits and some have none", strings.Join(paths, " and "))
	}
	return d, nil
}

// ScanUnlabelled finds every file at and below paths, in zip files and in
// manifests, and asks for no labels. A path may also be FILE#RECORD, the path
// of a sample in a container.
func (c Scanner) ScanUnlabelled(ctx context.Context, paths ...string) (*Dataset, error) {
	return c.join(ctx, paths, false)
}

func (c Scanner) join(ctx context.Context, paths []string, labelled bool) (*Dataset, error) {
	s, err := newScan(ctx, c, labelled)
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		if err := s.path(path); err != nil {
			return nil, err
		}
	}
	return s.dataset(), nil
}

// ScanList is ScanUnlabelled for a list in which some paths may be wrong. A path
// without an image becomes a sample whose Read returns the reason. So does a
// container with an error in it, in place of all its samples.
func (c Scanner) ScanList(ctx context.Context, paths []string) (*Dataset, error) {
	s, err := newScan(ctx, c, false)
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		before := len(s.found)
		err := s.path(path)
		if ctx.Err() != nil {
			return nil, err
		}
		if err != nil {
			s.found = s.found[:before]
			s.found = append(s.found, Sample{Path: path, Explicit: true, from: absent{errors.Unwrap(err)}})
		}
	}
	return s.dataset(), nil
}
