package headstart_test

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/digitalinnovationone/headstart"
	"github.com/digitalinnovationone/headstart/dataset"
)

// Nothing can be learned from labels that are drawn at random: a score that says
// otherwise was measured on what the head had seen. These tests take 60 pictures
// with such labels, three of each in different guises.
const pictures, guises = 60, 3

// grid is a backbone with more values than there are pictures: heads can learn
// them all by heart.
var grid = filepath.Join("testdata", "grid-backbone.onnx")

// guise returns a file of a picture.
type guise func(picture []byte, i int) []byte

func bytewise(picture []byte, _ int) []byte { return picture }

// resaved returns a JPEG of the picture, saved again for each guise.
func resaved(picture []byte, i int) []byte {
	img, err := png.Decode(bytes.NewReader(picture))
	check(err)
	var file bytes.Buffer
	check(jpeg.Encode(&file, img, &jpeg.Options{Quality: 95}))
	for _, quality := range []int{90, 80}[:i] {
		img, err := jpeg.Decode(&file)
		check(err)
		file.Reset()
		check(jpeg.Encode(&file, img, &jpeg.Options{Quality: quality}))
	}
	return file.Bytes()
}

// pictureOf returns which picture a file of randomly shows.
func pictureOf(path string) string {
	picture, _, _ := strings.Cut(filepath.Base(path), "-")
	return picture
}

// randomly writes the pictures with a manifest that labels them at random, and
// returns its path.
func randomly(t *testing.T, save guise, grouped bool) string {
	t.Helper()
	folder := t.TempDir()
	labels := slices.Concat(slices.Repeat([]string{"heads"}, pictures/2), slices.Repeat([]string{"tails"}, pictures/2))
	rand.New(rand.NewPCG(14, 0)).Shuffle(len(labels), func(i, j int) { labels[i], labels[j] = labels[j], labels[i] })
	lines := []string{"path,label,group"}
	for i, label := range labels {
		picture := draw(colours[[]string{"red", "blue"}[i%2]], uint64(1000+i))
		for copied := range guises {
			name, group := fmt.Sprintf("%02d-%d", i, copied), ""
			if grouped {
				group = fmt.Sprint("picture ", i)
			}
			check(os.WriteFile(filepath.Join(folder, name), save(picture, copied), 0o666))
			lines = append(lines, name+","+label+","+group)
		}
	}
	path := filepath.Join(folder, "manifest.csv")
	check(os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o666))
	return path
}

// held returns how many guises of each picture are in a split.
func held(samples []dataset.Sample, split dataset.Split) map[string]int {
	counts := map[string]int{}
	for _, s := range samples {
		if s.Split == split {
			counts[pictureOf(s.Path)]++
		}
	}
	return counts
}

func TestHeldBackPicturesAreHeldBackWhole(t *testing.T) {
	needsRuntime(t)
	engine := open(t, headstart.Config{Backbone: grid, NoStore: true})
	for name, manifest := range map[string]string{
		"copies": randomly(t, bytewise, false),
		"groups": randomly(t, resaved, true),
	} {
		found, err := engine.Extract(t.Context(), scan(t, manifest).Samples)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := found.HoldBack(t.Context(), headstart.Holdout{Test: 0.2}, headstart.DuplicateOptions{}, 3); err != nil {
			t.Fatal(err)
		}
		test := held(found.Samples, dataset.Test)
		if len(test) != pictures/5 {
			t.Errorf("%s: %d pictures are held back", name, len(test))
		}
		for picture, n := range test {
			if n != guises {
				t.Errorf("%s: %d guises of picture %s are held back", name, n, picture)
			}
		}
		// Whoever reads the manifest of the split can keep them together, too.
		groups := map[string]string{}
		for _, s := range found.Samples {
			picture := pictureOf(s.Path)
			if group, seen := groups[picture]; s.Group == "" || seen && group != s.Group {
				t.Fatalf("%s: picture %s is in groups %q and %q", name, picture, group, s.Group)
			}
			groups[picture] = s.Group
		}
	}
}

func TestLimitsTakeGroupsWhole(t *testing.T) {
	data := scan(t, randomly(t, resaved, true))
	if notes := data.Limit(dataset.Unsplit, 91, 3); len(data.Samples) != 90 || len(notes) != 1 {
		t.Errorf("%d images, notes %q", len(data.Samples), notes)
	}
	for picture, n := range held(data.Samples, dataset.Unsplit) {
		if n != guises {
			t.Errorf("%d guises of picture %s are used", n, picture)
		}
	}
}
