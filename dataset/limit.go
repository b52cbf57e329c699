package dataset

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"slices"

	"github.com/digitalinnovationone/headstart/internal/wording"
)

// Limit keeps at most n samples of the split, and the folders that cannot be
// listed. It draws by seed from each class in turn, so that the classes stay
// balanced, and leaves every class an image if n is large enough. The order of
// the samples does not change.
//
// Images of one Group are kept or left out together, and so are those whose
// equal SHA256 is known. A group that does not fit is left out; a note says so
// if less than n are kept because of that. If no group fits, the error is a
// *GroupTooLargeError, and d is as it was.
//
// The choice depends on seed, labels, groups and SHA256, and for images without
// SHA256 on the last element of Path: neither on how a path is written nor on
// where the data lies. A larger n keeps what a smaller one does, unless groups do
// not fit.
func (d *Dataset) Limit(split Split, n int, seed uint64) (notes []string, err error) {
	limited := func(s Sample) bool { return s.Split == split && !s.UnreadableDir }
	var samples []Sample
	for _, s := range d.Samples {
		if limited(s) {
			samples = append(samples, s)
		}
	}
	if len(samples) <= n {
		return nil, nil
	}
	keys := namesOrDigests(samples)
	units := rankedUnits(samples, keys, nil, seed)
	if smallest := smallestUnit(units); len(smallest) > n {
		return nil, &GroupTooLargeError{samples[smallest[0]].Path, samples[smallest[0]].Group, len(smallest)}
	}
	draw := &draw{samples: samples, units: units, n: n, chosen: make([]bool, len(samples)), kept: map[string]int{}}
	draw.run()
	next := 0 // of samples
	d.Samples = slices.DeleteFunc(d.Samples, func(s Sample) bool {
		if !limited(s) {
			return false
		}
		next++
		return !draw.chosen[next-1]
	})
	return draw.notes(split), nil
}

// GroupTooLargeError says that even the smallest group has more images than a
// limit.
type GroupTooLargeError struct {
	Path   string // of one of its images
	Group  string // its name; empty for copies of one image
	Images int
}

func (e *GroupTooLargeError) Error() string {
	if e.Group == "" {
		return fmt.Sprintf("groups stay whole, and even the smallest, copies of %s, has %d images", wording.Name(e.Path), e.Images)
	}
	return fmt.Sprintf("groups stay whole, and even the smallest, %s, has %d images", wording.Name(e.Group), e.Images)
}

func bySize(a, b unit) int { return len(a.samples) - len(b.samples) }

// smallestUnit returns the samples of the smallest unit of all classes; of several,
// the first of the class that comes first.
func smallestUnit(units map[string][]unit) []int {
	var smallest []unit
	for _, class := range slices.Sorted(maps.Keys(units)) {
		smallest = append(smallest, slices.MinFunc(units[class], bySize))
	}
	return slices.MinFunc(smallest, bySize).samples
}

// namesOrDigests returns what is known of each sample before its bytes are read:
// its digest, or one of its label, its name, and how many of the same label and
// name come before.
func namesOrDigests(samples []Sample) [][sha256.Size]byte {
	keys := make([][sha256.Size]byte, len(samples))
	seen := map[[2]string]int{}
	for i, s := range samples {
		if keys[i] = s.SHA256; keys[i] != ([sha256.Size]byte{}) {
			continue
		}
		name := [2]string{s.Label, path.Base(filepath.ToSlash(s.Path))}
		keys[i] = sha256.Sum256(fmt.Appendf(nil, "%q %q %d", name[0], name[1], seen[name]))
		seen[name]++
	}
	return keys
}

// draw chooses samples of a split, at most n.
type draw struct {
	samples []Sample
	units   map[string][]unit // of each class, those that are still to be looked at
	n       int

	chosen []bool
	count  int            // of chosen
	kept   map[string]int // images of each class that are chosen
}

// run takes a unit of each class, if there is room for all, and then of each class
// in turn. Classes that are ahead wait.
func (d *draw) run() {
	smallest := map[string]int{} // unit
	for class, units := range d.units {
		smallest[class] = len(slices.MinFunc(units, bySize).samples)
	}
	classes := slices.Sorted(maps.Keys(d.units))
	first, reserved := slices.Clone(classes), 0 // images, for the classes that follow
	slices.SortStableFunc(first, func(a, b string) int { return smallest[a] - smallest[b] })
	for i, class := range first {
		if reserved+smallest[class] > d.n {
			first = first[:i]
			break
		}
		reserved += smallest[class]
	}
	for _, class := range first {
		reserved -= smallest[class]
		d.take(class, 1, d.n-reserved)
	}
	for turn := 1; len(classes) > 0 && d.count < d.n; turn++ {
		for _, class := range classes {
			d.take(class, turn, d.n)
		}
		classes = slices.DeleteFunc(classes, func(class string) bool { return len(d.units[class]) == 0 })
	}
}

// take chooses units of a class until it has a number of images, passing over those
// with which more than most would be chosen in all.
func (d *draw) take(class string, images, most int) {
	for d.kept[class] < images && len(d.units[class]) > 0 {
		u := d.units[class][0]
		d.units[class] = d.units[class][1:]
		if d.count+len(u.samples) > most {
			continue
		}
		d.count += len(u.samples)
		for _, i := range u.samples {
			d.chosen[i] = true
			d.kept[d.samples[i].Label]++
		}
	}
}

// notes says what groups prevented.
func (d *draw) notes(split Split) []string {
	classes := Classes(d.samples)
	var without []string
	if len(classes) <= d.n {
		without = slices.DeleteFunc(classes, func(class string) bool { return d.kept[class] > 0 })
	}
	if d.count == d.n && len(without) == 0 {
		return nil
	}
	note := fmt.Sprintf("kept %d images", d.count)
	if split != Unsplit {
		note += " of " + string(split)
	}
	if d.count < d.n {
		note += fmt.Sprintf(", not %d", d.n)
	}
	note += ", since groups stay whole"
	switch n := len(without); {
	case n == 1:
		note += fmt.Sprintf(", and none of class %q", without[0])
	case n > 1:
		note += fmt.Sprintf(", and none of %d classes, %q the first", n, without[0])
	}
	return []string{note}
}
