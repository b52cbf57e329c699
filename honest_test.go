package headstart_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/digitalinnovationone/headstart"
	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/head"
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

// wantChance fails if an accuracy on random labels is more than three standard
// errors from a coin's, counting pictures and not their guises.
func wantChance(t *testing.T, what string, accuracy float64) {
	t.Helper()
	if off := math.Abs(accuracy-0.5) / math.Sqrt(0.25/pictures); !(off <= 3) {
		t.Errorf("%s: accuracy %.3f on random labels, %.1f standard errors from chance", what, accuracy, off)
	}
}

// crossValidateAtChance trains each kind of head and looks at what it says of
// itself.
func crossValidateAtChance(t *testing.T, manifest string) {
	needsRuntime(t)
	engine, data := open(t, headstart.Config{Backbone: grid, NoStore: true}), scan(t, manifest)
	for _, kind := range head.Kinds() {
		_, report, err := engine.Train(t.Context(), data, headstart.TrainOptions{Head: kind})
		if err != nil {
			t.Fatal(err)
		}
		if report.CrossValidated.Images != guises*pictures {
			t.Errorf("%s: %d images cross-validated", kind, report.CrossValidated.Images)
		}
		wantChance(t, kind, report.CrossValidated.Accuracy)
	}
}

func TestCopiesTeachNothing(t *testing.T) {
	crossValidateAtChance(t, randomly(t, bytewise, false))
}

func TestGroupsTeachNothing(t *testing.T) {
	crossValidateAtChance(t, randomly(t, resaved, true))
}

func TestNearDuplicatesTeachNothing(t *testing.T) {
	crossValidateAtChance(t, randomly(t, resaved, false))
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
		"copies":          randomly(t, bytewise, false),
		"groups":          randomly(t, resaved, true),
		"near-duplicates": randomly(t, resaved, false),
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
	if notes, err := data.Limit(dataset.Unsplit, 91, 3); err != nil || len(data.Samples) != 90 || len(notes) != 1 {
		t.Errorf("%d images, notes %q", len(data.Samples), notes)
	}
	for picture, n := range held(data.Samples, dataset.Unsplit) {
		if n != guises {
			t.Errorf("%d guises of picture %s are used", n, picture)
		}
	}
}

// TestATestIsRemembered measures a saved head on the folder that it was trained
// on: what was held back then is what counts now.
func TestATestIsRemembered(t *testing.T) {
	needsRuntime(t)
	engine, data := open(t, headstart.Config{Backbone: grid, NoStore: true}), scan(t, randomly(t, resaved, true))
	classifier, report, err := engine.Train(t.Context(), data, headstart.TrainOptions{Holdout: headstart.Holdout{Test: 0.2}, Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "coin.onnx")
	if err := classifier.Save(path); err != nil {
		t.Fatal(err)
	}
	if classifier, err = engine.Load(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	for _, split := range []dataset.Split{dataset.Test, ""} {
		e, err := classifier.Evaluate(t.Context(), data, headstart.EvaluateOptions{Split: split})
		if err != nil {
			t.Fatal(err)
		}
		if test := report.Splits[0]; e.Images != test.Images || e.Accuracy != test.Accuracy || e.TrainedOn != 0 {
			t.Errorf("split %q: accuracy %v on %d images, not %v on %d; trained on %d", split, e.Accuracy, e.Images, test.Accuracy, test.Images, e.TrainedOn)
		}
	}
}

// TestOneClassIsNoScore: of classes of 20, 1 and 1 images only one can be
// measured, and telling it from itself is no achievement.
func TestOneClassIsNoScore(t *testing.T) {
	needsRuntime(t)
	folder := t.TempDir()
	for class, images := range map[string]int{"many": 20, "one": 1, "another": 1} {
		check(os.Mkdir(filepath.Join(folder, class), 0o777))
		for i := range images {
			check(os.WriteFile(filepath.Join(folder, class, fmt.Sprint(i, ".png")), draw(colours["red"], uint64(len(class)*100+i)), 0o666))
		}
	}
	engine := open(t, headstart.Config{Backbone: grid, NoStore: true})
	for _, holdout := range []headstart.Holdout{{}, {Test: 0.2, Val: 0.2}} {
		_, report, err := engine.Train(t.Context(), scan(t, folder), headstart.TrainOptions{Holdout: holdout})
		if err != nil {
			t.Fatal(err)
		}
		shown, err := json.Marshal(report)
		if err != nil {
			t.Fatal(err)
		}
		if report.CrossValidated != nil || bytes.Contains(shown, []byte("accuracy")) {
			t.Errorf("scores of one class: %s", shown)
		}
		reasons := []string{"no cross-validation", "no test scores", "no val scores"}
		if holdout.Test == 0 {
			reasons = reasons[:1]
		}
		for _, why := range reasons {
			if !slices.ContainsFunc(report.Notes, func(n headstart.Note) bool { return n.Warning && strings.Contains(n.Text, why) }) {
				t.Errorf("it is not said why there are %s: %v", why, report.Notes)
			}
		}
	}
}
