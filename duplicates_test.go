package headstart_test

import (
	"bytes"
	"cmp"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/digitalinnovationone/headstart"
)

// scene is a picture that can be photographed in many ways.
type scene [16][5]float64

func newScene(r *rand.Rand) (s scene) {
	for i := range s {
		s[i] = [5]float64{1.5 * r.NormFloat64(), 1.5 * r.NormFloat64(), 7 * r.Float64(), 10 + 10*r.Float64(), float64(r.IntN(3))}
	}
	return s
}

// photo shows the part of a scene from x, y on that is part wide and high.
func (s scene) photo(width, height int, x, y, part, brightness float64, mirrored bool) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for py := range height {
		for px := range width {
			u, v := x+part*(float64(px)+0.5)/float64(width), y+part*(float64(py)+0.5)/float64(height)
			if mirrored {
				u = 1 - u
			}
			rgb := [3]float64{128, 128, 128}
			for _, w := range s {
				level := w[3] * math.Sin(2*math.Pi*(w[0]*u+w[1]*v)+w[2])
				for c := range rgb {
					rgb[c] += level
				}
				rgb[int(w[4])] += level / 2
			}
			level := func(c int) uint8 { return uint8(min(255, max(0, rgb[c]*brightness))) }
			img.SetRGBA(px, py, color.RGBA{level(0), level(1), level(2), 255})
		}
	}
	return img
}

func write(t *testing.T, path string, img image.Image, quality int) string {
	t.Helper()
	var b bytes.Buffer
	err := png.Encode(&b, img)
	if quality > 0 {
		b.Reset()
		err = jpeg.Encode(&b, img, &jpeg.Options{Quality: quality})
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func groupsOf(r *headstart.DataReport) (groups [][]string) {
	for _, d := range r.Duplicates {
		var names []string
		for _, i := range d.Images {
			names = append(names, filepath.Base(string(i.Path)))
		}
		slices.Sort(names)
		groups = append(groups, names)
	}
	return groups
}

func TestNearDuplicatesAreFound(t *testing.T) {
	needsRuntime(t)
	r := rand.New(rand.NewPCG(1, 2))
	data := t.TempDir()
	var copied scene
	for i := range 24 {
		s := newScene(r)
		write(t, filepath.Join(data, []string{"cats", "dogs"}[i%2], fmt.Sprintf("%02d.png", i)), s.photo(120, 90, 0, 0, 1, 1, false), 0)
		if i == 4 {
			copied = s
		}
	}
	for name, img := range map[string]image.Image{
		"saved": copied.photo(120, 90, 0, 0, 1, 1, false), "half": copied.photo(60, 45, 0, 0, 1, 1, false),
		"bright": copied.photo(120, 90, 0, 0, 1, 1.1, false), "crop": copied.photo(114, 86, 0.04, 0.01, 0.95, 1, false),
		"mirrored": copied.photo(120, 90, 0, 0, 1, 1, true),
	} {
		write(t, filepath.Join(data, "cats", name+".jpg"), img, 60)
	}
	for _, store := range []string{t.TempDir(), ""} {
		var compared []headstart.Event
		engine := open(t, headstart.Config{Store: store, NoStore: store == "", OnEvent: func(e headstart.Event) {
			switch e.(type) {
			case headstart.ComparisonStarted, headstart.ComparisonDone:
				compared = append(compared, e)
			}
		}})
		check := func(o headstart.DuplicateOptions) *headstart.DataReport {
			t.Helper()
			report, err := engine.CheckData(t.Context(), scan(t, data), o)
			if err != nil {
				t.Fatal(err)
			}
			return report
		}
		report := check(headstart.DuplicateOptions{})
		if want := []headstart.Event{headstart.ComparisonStarted{Images: 29}, headstart.ComparisonDone{}}; !slices.Equal(compared, want) {
			t.Errorf("events %v, want %v", compared, want)
		}
		copies := []string{"04.png", "bright.jpg", "crop.jpg", "half.jpg", "saved.jpg"}
		if got := groupsOf(report); len(got) != 1 || !slices.Equal(got[0], copies) {
			t.Errorf("groups %v, want %v", got, copies)
		}
		for i, p := range report.Pairs {
			if i > 0 && p.Apart < report.Pairs[i-1].Apart || p.Flipped || p.Distance <= 0 {
				t.Errorf("pair %d: %+v", i, p)
			}
		}
		if n := len(report.Pairs); n < 4 || report.Duplicates[0].Same != "picture" || report.NearBound <= 0 || report.NotCompared != 0 {
			t.Errorf("%d pairs, bound %g, same %s", n, report.NearBound, report.Duplicates[0].Same)
		}
		if got := groupsOf(check(headstart.DuplicateOptions{Flipped: true})); len(got) != 1 || len(got[0]) != len(copies)+1 {
			t.Errorf("flipped: groups %v", got)
		}
		if got := check(headstart.DuplicateOptions{NoNear: true}); len(got.Duplicates) > 0 || len(got.Pairs) > 0 || got.NearBound != 0 {
			t.Errorf("only bytes: groups %v", groupsOf(got))
		}
		within := check(headstart.DuplicateOptions{Near: 2})
		if got := groupsOf(within); len(got) != 1 || len(got[0]) != 29 {
			t.Errorf("within 2: groups %v", got)
		}
		if !slices.IsSortedFunc(within.Pairs, func(a, b headstart.NearPair) int { return cmp.Compare(a.Distance, b.Distance) }) {
			t.Errorf("within 2: pairs are not in the order of their distance")
		}
		if _, err := engine.CheckData(t.Context(), scan(t, data), headstart.DuplicateOptions{Near: -1}); err == nil {
			t.Error("a negative bound is taken")
		}
	}
}
