package dataset

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/quick"
)

// limited returns the paths that a limit leaves, and what it notes.
func limited(samples []Sample, split Split, n int, seed uint64) (paths, notes []string) {
	d := &Dataset{Samples: slices.Clone(samples)}
	notes, err := d.Limit(split, n, seed)
	if err != nil {
		panic(err)
	}
	for _, s := range d.Samples {
		paths = append(paths, s.Path)
	}
	return paths, notes
}

// grouped makes images of some classes, most of them in groups of various sizes,
// which may span classes.
func grouped(r *rand.Rand, classes int) []Sample {
	var samples []Sample
	for range 20 + r.IntN(80) {
		s := Sample{Path: fmt.Sprint(len(samples)), Label: fmt.Sprint("class ", r.IntN(classes))}
		if g := r.IntN(12); g < 10 {
			s.Group = fmt.Sprint(s.Label, g*g/20)
			if r.IntN(20) == 0 {
				s.Group = "of several classes"
			}
		}
		samples = append(samples, s)
	}
	return samples
}

func TestLimitTakesFromAllClassesInTurn(t *testing.T) {
	var samples []Sample
	for i := range 60 {
		samples = append(samples, Sample{Path: fmt.Sprintf("%02d", i), Label: "many", Split: Train})
	}
	samples = append(samples,
		Sample{Path: "x", Label: "few", Split: Train},
		Sample{Path: "t", Label: "many", Split: Test},
		Sample{Path: "folder", Split: Train, UnreadableDir: true})
	paths, notes := limited(samples, Train, 4, 0)
	if len(paths) != 6 || notes != nil {
		t.Errorf("left %q, %q", paths, notes)
	}
	wantLines(t, paths[3:], "x", "t", "folder")
	if !slices.IsSorted(paths[:3]) {
		t.Errorf("another order: %q", paths)
	}
	if slices.Equal(paths[:3], []string{"00", "01", "02"}) {
		t.Error("the first images were taken, not drawn")
	}
	if paths, notes := limited(samples, Train, 100, 0); len(paths) != len(samples) || notes != nil {
		t.Errorf("a large limit leaves %d samples of %d, %q", len(paths), len(samples), notes)
	}
}

func TestLimitsDrawBySeed(t *testing.T) {
	samples, _ := images("a", 400)
	one, _ := limited(samples, Unsplit, 200, 1)
	again, _ := limited(samples, Unsplit, 200, 1)
	other, _ := limited(samples, Unsplit, 200, 2)
	if !slices.Equal(one, again) {
		t.Error("one seed, two choices")
	}
	same := 0
	for _, path := range one {
		if slices.Contains(other, path) {
			same++
		}
	}
	if same < 75 || same > 125 {
		t.Errorf("two seeds agree on %d of 200 images", same)
	}
	fewer, _ := limited(samples, Unsplit, 50, 1)
	for _, path := range fewer {
		if !slices.Contains(one, path) {
			t.Errorf("%s is among 50 but not among 200", path)
		}
	}
}

// TestPathsDoNotMatterForLimits holds a choice to the names of files: data may be
// moved, zipped, or named from elsewhere, and images of one name differ.
func TestPathsDoNotMatterForLimits(t *testing.T) {
	var here, there []Sample
	for i := range 90 {
		name := fmt.Sprint(i/3, ".jpg")
		s := Sample{Label: string(rune('a' + i%2)), Path: filepath.Join("photos", fmt.Sprint(i%3), name)}
		here = append(here, s)
		s.Path = filepath.Join(t.TempDir(), "moved.zip") + "#" + fmt.Sprint(i%3, "/", name)
		there = append(there, s)
	}
	a, _ := limited(here, Unsplit, 30, 7)
	b, _ := limited(there, Unsplit, 30, 7)
	if len(a) != 30 || len(b) != 30 {
		t.Fatalf("%d and %d images", len(a), len(b))
	}
	folders := map[string]int{}
	for i := range a {
		folders[filepath.Dir(a[i])]++
		if _, record, _ := strings.Cut(b[i], "#"); filepath.ToSlash(a[i]) != "photos/"+record {
			t.Errorf("%s here is %s there", a[i], b[i])
		}
	}
	if len(folders) != 3 {
		t.Errorf("all from %v", folders)
	}
}

func TestLimitsKeepGroups(t *testing.T) {
	check := func(seed uint64, size, count uint8) bool {
		samples := grouped(rand.New(rand.NewPCG(seed, 1)), 1+int(count)%5)
		sizes, classes := map[string]int{}, Classes(samples)
		for _, s := range samples {
			sizes[s.Group]++
		}
		n := 1 + int(size)%len(samples)
		d := &Dataset{Samples: slices.Clone(samples)}
		notes, err := d.Limit(Unsplit, n, seed)
		if err != nil { // only where no group fits
			tooLarge, is := errors.AsType[*GroupTooLargeError](err)
			return is && tooLarge.Images > n && tooLarge.Images == sizes[tooLarge.Group] && !slices.ContainsFunc(samples, func(s Sample) bool {
				return s.Group == "" || sizes[s.Group] < tooLarge.Images
			})
		}
		kept := map[string]int{}
		for _, s := range d.Samples {
			kept[s.Group]++
		}
		for group, images := range kept {
			if group != "" && images != sizes[group] {
				t.Logf("%d of %d images of group %s", images, sizes[group], group)
				return false
			}
		}
		missing := len(classes) <= n && len(Classes(d.Samples)) < len(classes)
		said := len(notes) == 1 && strings.Contains(notes[0], fmt.Sprintf("kept %d images", len(d.Samples)))
		if said != (len(d.Samples) < n || missing) || strings.Contains(strings.Join(notes, ""), "none of") != missing {
			t.Logf("%d of at most %d images: %q", len(d.Samples), n, notes)
			return false
		}
		return len(d.Samples) <= n
	}
	if err := quick.Check(check, always(1000)); err != nil {
		t.Error(err)
	}
}

// TestLimitsLeaveEveryClassAnImage: a group that fills the limit must not push out
// a class.
func TestLimitsLeaveEveryClassAnImage(t *testing.T) {
	for seed := range uint64(50) {
		var samples []Sample
		for _, class := range []string{"a", "b", "c"} {
			for i := range 12 {
				s := Sample{Path: class + fmt.Sprint(i), Label: class}
				if i > 1 {
					s.Group = class
				}
				samples = append(samples, s)
			}
		}
		for n := 3; n < 30; n++ {
			d := &Dataset{Samples: slices.Clone(samples)}
			if _, err := d.Limit(Unsplit, n, seed); err != nil || len(Classes(d.Samples)) != 3 {
				t.Fatalf("%d images, seed %d: classes %q, %v", n, seed, Classes(d.Samples), err)
			}
		}
	}
}

func TestLimitsBalanceImagesNotGroups(t *testing.T) {
	var samples []Sample
	for i := range 200 {
		samples = append(samples, Sample{Path: fmt.Sprint("a", i), Label: "a", Group: fmt.Sprint(i / 5)}, Sample{Path: fmt.Sprint("b", i), Label: "b"})
	}
	d := &Dataset{Samples: samples}
	notes, err := d.Limit(Unsplit, 100, 0)
	counts := map[string]int{}
	for _, s := range d.Samples {
		counts[s.Label]++
	}
	if !maps.Equal(counts, map[string]int{"a": 50, "b": 50}) || notes != nil || err != nil {
		t.Errorf("%v, %q, %v", counts, notes, err)
	}
}

func TestWhatGroupsPreventIsSaid(t *testing.T) {
	var samples []Sample
	for i := range 40 {
		samples = append(samples, Sample{Path: fmt.Sprint(i), Label: []string{"a", "b"}[i/20], Split: Test, Group: fmt.Sprint(i / 20)})
	}
	_, notes := limited(samples, Test, 30, 0)
	if len(notes) != 1 || notes[0] != `kept 20 images of test, not 30, since groups stay whole, and none of class "b"` {
		t.Errorf("notes %q", notes)
	}
}

func TestALimitBelowEveryGroupIsAnError(t *testing.T) {
	d := &Dataset{}
	for i := range 60 {
		d.Samples = append(d.Samples, Sample{Path: fmt.Sprint(i), Label: fmt.Sprint(i % 6), Group: "g1"})
	}
	notes, err := d.Limit(Unsplit, 50, 0)
	if err == nil || !strings.Contains(err.Error(), "g1, has 60 images") || notes != nil || len(d.Samples) != 60 {
		t.Errorf("%d images, %v, %q", len(d.Samples), err, notes)
	}
}

func TestLimitsKeepCopiesThatAreKnown(t *testing.T) {
	samples, keys := images("a", 40)
	for i := range samples {
		samples[i].SHA256 = keys[i/2]
	}
	d := &Dataset{Samples: samples}
	if _, err := d.Limit(Unsplit, 11, 0); err != nil {
		t.Fatal(err)
	}
	counts := map[[sha256.Size]byte]int{}
	for _, s := range d.Samples {
		counts[s.SHA256]++
	}
	for _, n := range counts {
		if n != 2 {
			t.Fatalf("one of two copies is kept: %v", counts)
		}
	}
	if len(d.Samples) != 10 {
		t.Errorf("%d images", len(d.Samples))
	}
}
