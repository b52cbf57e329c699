package headstart_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image/color"
	"image/jpeg"
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

// sampled is an image in memory.
func sampled(path, label string, picture []byte) dataset.Sample {
	s := dataset.FromBytes(path, picture)
	s.Label = label
	return s
}

// troubled is red and blue pictures with trouble among them: flipped labels, copies
// that were saved again, and pictures of neither class.
func troubled() *dataset.Dataset {
	data := &dataset.Dataset{}
	add := func(path, label string, picture []byte) {
		data.Samples = append(data.Samples, sampled(path, label, picture))
	}
	other := map[string]string{"red": "blue", "blue": "red"}
	for i := range 120 {
		class := []string{"red", "blue"}[i%2]
		picture := draw(colours[class], uint64(i))
		switch {
		case i < 4:
			add(fmt.Sprint("flipped ", i), other[class], picture)
		case i < 10:
			add(fmt.Sprint("copied ", i), class, picture)
			add(fmt.Sprint("copied ", i, " again"), class, resaved(picture, 1))
		default:
			add(fmt.Sprint("usual ", i), class, picture)
		}
	}
	for i := range 5 {
		add(fmt.Sprint("foreign ", i), "red", draw(color.NRGBA{40, 200, 40, 255}, uint64(900+i)))
	}
	return data
}

// onFirstScreen counts the photos of a name that a list shows before anything is
// clicked.
func onFirstScreen(r *headstart.Report, photos []int, name string) (n int) {
	for _, i := range photos[:min(len(photos), headstart.FirstScreen)] {
		if strings.HasPrefix(string(r.Photos[i].Path), name) {
			n++
		}
	}
	return n
}

func kinds(r *headstart.Report) (kinds []string) {
	for _, a := range r.Advice {
		kinds = append(kinds, a.Kind)
	}
	return kinds
}

func trainOn(t *testing.T, engine *headstart.Engine, data *dataset.Dataset) (*headstart.Classifier, *headstart.TrainReport) {
	t.Helper()
	c, trained, err := engine.Train(t.Context(), data, headstart.TrainOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return c, trained
}

func TestReportShowsPlantedTrouble(t *testing.T) {
	needsRuntime(t)
	_, trained := trainOn(t, open(t, headstart.Config{NoStore: true, Backbone: grid}), troubled())
	r, err := trained.Report(t.Context(), headstart.ReportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if n := onFirstScreen(r, r.Lists.LabelErrors.Photos, "flipped"); n < 4 {
		t.Errorf("%d of 4 flipped labels are listed", n)
	}
	if n := onFirstScreen(r, r.Lists.MostUnknown.Photos, "foreign"); n < 4 {
		t.Errorf("%d of 5 foreign pictures are listed", n)
	}
	copies := 0
	for _, group := range r.Lists.Duplicates.Shown {
		if onFirstScreen(r, group.Photos, "copied") == 2 && len(group.Photos) == 2 && group.Same == "picture" {
			copies++
		}
	}
	if copies < 5 || r.Lists.Duplicates.Groups != len(r.Lists.Duplicates.Shown) {
		t.Errorf("%d of 6 copies are listed, in %d groups", copies, r.Lists.Duplicates.Groups)
	}
	for _, kind := range []string{headstart.AdviceLabels, headstart.AdviceDuplicates} {
		if !slices.Contains(kinds(r), kind) {
			t.Errorf("no advice on %s, only %v", kind, kinds(r))
		}
	}
}

// Where all is well, nothing is advised but to look at the strangest pictures, as drawn
// ones are not spread as photos are.
func TestReportOfGoodDataAdvisesNothing(t *testing.T) {
	needsRuntime(t)
	data := &dataset.Dataset{}
	for i := range 80 {
		class := []string{"red", "blue"}[i%2]
		data.Samples = append(data.Samples, sampled(fmt.Sprint(i), class, draw(colours[class], uint64(i))))
	}
	_, trained := trainOn(t, open(t, headstart.Config{NoStore: true, Backbone: grid}), data)
	r, err := trained.Report(t.Context(), headstart.ReportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	r.Advice = slices.DeleteFunc(r.Advice, func(a headstart.Advice) bool { return a.Kind == headstart.AdviceUnknown })
	if len(r.Advice) > 0 || r.Lists.LabelErrors.Images > 0 || r.Lists.Duplicates.Groups > 0 {
		t.Errorf("advice %v, %d suspected labels, %d groups of duplicates", r.Advice, r.Lists.LabelErrors.Images, r.Lists.Duplicates.Groups)
	}
}

// A report on what a head was trained on says the same as that of its training.
func TestReportOfTrainingData(t *testing.T) {
	needsRuntime(t)
	engine := open(t, headstart.Config{NoStore: true, Backbone: grid})
	data := troubled()
	for i := range 20 {
		class := []string{"red", "blue"}[i%2]
		s := sampled(fmt.Sprint("test ", i), class, draw(colours[class], uint64(500+i)))
		s.Split = dataset.Test
		data.Samples = append(data.Samples, s)
	}
	for i := range data.Samples {
		if data.Samples[i].Split == dataset.Unsplit {
			data.Samples[i].Split = dataset.Train
		}
	}
	c, trained := trainOn(t, engine, data)
	want, err := trained.Report(t.Context(), headstart.ReportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.Report(t.Context(), data, headstart.ReportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if refit := got.Refit; refit == nil || !refit.SameHead || refit.Images != refit.Trained {
		t.Errorf("the cross-validation was made for another head: %+v", refit)
	}
	if want.Measured.Over != headstart.OverTest || len(want.Others) != 1 || want.Others[0].Over != headstart.OverCrossValidation {
		t.Errorf("measured over %s and %+v", want.Measured.Over, want.Others)
	}
	got.Refit = nil
	if a, b := marshalled(t, got), marshalled(t, want); !bytes.Equal(a, b) {
		t.Errorf("reports differ:\n%.2000s\n%.2000s", a, b)
	}
}

func marshalled(t *testing.T, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Labels at random cannot be learnt, however well the head knows them.
func TestReportDoesNotFlatter(t *testing.T) {
	needsRuntime(t)
	engine := open(t, headstart.Config{NoStore: true, Backbone: grid})
	data := scan(t, randomly(t, resaved, false))
	known := &dataset.Dataset{} // one guise of each picture
	for _, s := range data.Samples {
		if strings.HasSuffix(s.Path, "-0") {
			known.Samples = append(known.Samples, s)
		}
	}
	c, _, err := engine.Train(t.Context(), known, headstart.TrainOptions{Head: head.MLP, Hidden: 16})
	if err != nil {
		t.Fatal(err)
	}
	for name, shown := range map[string]*dataset.Dataset{"what it knows": known, "and other guises": data} {
		r, err := c.Report(t.Context(), shown, headstart.ReportOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if accuracy := r.Measured.Accuracy; accuracy > 0.5+3*math.Sqrt(0.25/pictures) {
			t.Errorf("%s: accuracy %.3f over %s", name, accuracy, r.Measured.Over)
		}
	}
	var guises dataset.Dataset // what the head has seen in another guise, only
	for _, s := range data.Samples {
		if !strings.HasSuffix(s.Path, "-0") {
			guises.Samples = append(guises.Samples, s)
		}
	}
	if r, err := c.Report(t.Context(), &guises, headstart.ReportOptions{}); err == nil && r.Measured.Accuracy > 0.5+3*math.Sqrt(0.25/pictures) {
		t.Errorf("other guises: accuracy %.3f over %s", r.Measured.Accuracy, r.Measured.Over)
	}
}

// Of images of one class that the head was trained on, nothing can be said.
func TestReportRefusesToFlatter(t *testing.T) {
	needsRuntime(t)
	engine := open(t, headstart.Config{NoStore: true, Backbone: grid})
	data := troubled()
	c, _ := trainOn(t, engine, data)
	reds := &dataset.Dataset{Samples: slices.DeleteFunc(data.Samples, func(s dataset.Sample) bool { return s.Label != "red" })}
	_, err := c.Report(t.Context(), reds, headstart.ReportOptions{})
	if !errors.As(err, new(*headstart.NotMeasuredError)) {
		t.Errorf("%v", err)
	}
}

// New images are measured by the head, those it knows are not.
func TestReportOfNewImages(t *testing.T) {
	needsRuntime(t)
	engine := open(t, headstart.Config{NoStore: true, Backbone: grid})
	c, _ := trainOn(t, engine, troubled())
	data := &dataset.Dataset{}
	for i := range 40 {
		class := []string{"red", "blue"}[i%2]
		data.Samples = append(data.Samples, sampled(fmt.Sprint("new ", i), class, draw(colours[class], uint64(300+i))))
	}
	data.Samples[7].Label = "red" // it is blue
	data.Samples = append(data.Samples, sampled("known", "red", draw(colours["red"], 50)))
	r, err := c.Report(t.Context(), data, headstart.ReportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Measured.Over != headstart.OverUnseen || r.Measured.Images != 40 || r.Data.Unpredicted != 1 || r.Refit != nil {
		t.Errorf("measured %d images over %s, %d are not predicted; refit %+v", r.Measured.Images, r.Measured.Over, r.Data.Unpredicted, r.Refit)
	}
	if len(r.Lists.LabelErrors.Photos) == 0 || r.Photos[r.Lists.LabelErrors.Photos[0]].Path != "new 7" {
		t.Errorf("suspected labels are %+v", r.Lists.LabelErrors)
	}
}

// Photos come from anywhere, whatever they are called and whoever turned them.
func TestReportPhotos(t *testing.T) {
	needsRuntime(t)
	folder := t.TempDir()
	archive := filepath.Join(folder, "photos.zip")
	file, err := os.Create(archive)
	check(err)
	z := zip.NewWriter(file)
	r := rand.New(rand.NewPCG(3, 3))
	hostile := []string{`<script>alert(1)</script>`, "\u202egnp.exe", `"quoted" & 'single'`, strings.Repeat("long", 60)}
	for i := range 40 {
		class := []string{"red", "blue"}[i%2]
		name := fmt.Sprintf("%s/%d.png", class, i)
		if i < len(hostile) {
			name = class + "/" + strings.ReplaceAll(hostile[i], "/", "_") + ".png"
		}
		w, err := z.Create(name)
		check(err)
		_, err = w.Write(draw(colours[class], r.Uint64()))
		check(err)
	}
	w, err := z.Create("red/broken.png")
	check(err)
	_, err = w.Write([]byte("\x89PNG\r\n\x1a\nbroken"))
	check(errors.Join(err, z.Close(), file.Close()))
	data := scan(t, archive)
	data.Samples = append(data.Samples, sampled("not \xff UTF-8", "red", draw(colours["red"], 1)))
	_, trained := trainOn(t, open(t, headstart.Config{NoStore: true, Backbone: grid}), data)
	report, err := trained.Report(t.Context(), headstart.ReportOptions{Sources: []string{archive}})
	if err != nil {
		t.Fatal(err)
	}
	var read headstart.Report
	if err := json.Unmarshal(marshalled(t, report), &read); err != nil {
		t.Fatal(err)
	}
	if len(read.Photos) != 41 {
		t.Errorf("%d photos", len(read.Photos))
	}
	for i, photo := range read.Photos {
		if photo.Path != report.Photos[i].Path || string(photo.Path) != data.Samples[slices.IndexFunc(data.Samples, func(s dataset.Sample) bool { return s.Path == string(photo.Path) })].Path {
			t.Errorf("photo %q was %q", photo.Path, report.Photos[i].Path)
		}
		config, err := jpeg.DecodeConfig(bytes.NewReader(photo.Thumbnail))
		if err != nil || config.Width != photo.Width || config.Height != photo.Height || config.Width != 80 || config.Height != 60 {
			t.Errorf("%q: %+v, %v", photo.Path, config, err)
		}
	}
	if read.Data.UnreadableImages != 1 || read.Data.Images != 42 || !strings.Contains(string(read.Data.Unreadable[0].Path), "broken.png") {
		t.Errorf("%+v", read.Data)
	}
}

// A page stays small however many images there are, and counts what it leaves out.
func TestReportChoosesPhotos(t *testing.T) {
	needsRuntime(t)
	const images = headstart.MaxPhotos + 200
	known, data := &dataset.Dataset{}, &dataset.Dataset{}
	for i := range images + 40 {
		class := []string{"red", "blue"}[i%2]
		s := sampled(fmt.Sprint(i), class, draw(colours[class], uint64(i)))
		if i >= images {
			known.Samples = append(known.Samples, s)
			continue
		}
		s.Split = dataset.Test // without images to learn from, no curves are measured
		if i%50 == 0 {
			s.Label = "blue" // as red ones
		}
		data.Samples = append(data.Samples, s)
	}
	engine := open(t, headstart.Config{NoStore: true, Backbone: grid})
	noNear := headstart.DuplicateOptions{NoNear: true}
	c, _, err := engine.Train(t.Context(), known, headstart.TrainOptions{Head: head.LDA, Duplicates: noNear})
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.Report(t.Context(), data, headstart.ReportOptions{Duplicates: noNear})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Photos) != headstart.MaxPhotos || r.Data.Images != images {
		t.Errorf("%d photos of %d images", len(r.Photos), r.Data.Images)
	}
	if n := len(r.Lists.Mistakes.Photos); n != min(r.Lists.Mistakes.Images, 200) || n < 20 {
		t.Errorf("%d of %d mistakes are photos", n, r.Lists.Mistakes.Images)
	}
	counted := 0
	for _, cell := range r.Measured.Cells {
		counted += cell.Images
		if len(cell.Photos) > cell.Images || r.Measured.Confusion[cell.Actual][cell.Predicted] != cell.Images {
			t.Errorf("cell %+v", cell)
		}
		for n, i := range cell.Photos {
			photo := r.Photos[i]
			if photo.Actual != cell.Actual || photo.Predicted != cell.Predicted {
				t.Errorf("photo %q is not of cell %d, %d", photo.Path, cell.Actual, cell.Predicted)
			}
			if n > 0 && *photo.Probability > *r.Photos[cell.Photos[n-1]].Probability {
				t.Error("photos are out of order")
			}
		}
	}
	if counted != images {
		t.Errorf("cells count %d images", counted)
	}
}

// A report on training data fits what the head is, with the C that was given, and does
// not look for another.
func TestReportFitsAsTheHeadWasFitted(t *testing.T) {
	needsRuntime(t)
	engine := open(t, headstart.Config{NoStore: true, Backbone: grid})
	data := troubled()
	for _, options := range []headstart.TrainOptions{
		{Head: head.Logistic, C: 1},
		{Head: head.LogisticUnit, C: 0.03},
		{Head: head.LDA},
		{Effort: headstart.EffortQuick},
	} {
		c, _, err := engine.Train(t.Context(), data, options)
		if err != nil {
			t.Fatal(err)
		}
		r, err := c.Report(t.Context(), data, headstart.ReportOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if r.Refit == nil || !r.Refit.SameHead {
			t.Errorf("%+v: the cross-validation is of another head: %+v", options, r.Refit)
		}
	}
}
