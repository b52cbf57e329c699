package headstart_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"log"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/digitalinnovationone/headstart"
	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/head/metrics"
)

// What the examples work on: the folder photos holds a folder of pictures for
// each of two classes.
var (
	photos    string
	userCache string // XDG_CACHE_HOME as it was
	backbone  = filepath.Join("testdata", "tiny-backbone.onnx")
)

// colours are the classes of the pictures.
var colours = map[string]color.NRGBA{"red": {220, 60, 40, 255}, "blue": {30, 70, 210, 255}}

// Train a classifier on a folder with one folder of photos per class, save it,
// and ask it about another photo.
func Example() {
	ctx := context.Background()
	engine, err := headstart.Open(headstart.Config{Backbone: backbone}) // or none, for the best one installed
	check(err)
	defer engine.Close()

	data, err := dataset.Scan(ctx, photos)
	check(err)
	classifier, report, err := engine.Train(ctx, data, headstart.TrainOptions{})
	check(err)
	fmt.Printf("cross-validated accuracy %.2f on %d photos\n", report.CrossValidated.Accuracy, report.CrossValidated.Images)
	check(classifier.Save(filepath.Join(photos, "pets.onnx")))

	prediction, err := classifier.ClassifyFile(ctx, filepath.Join(photos, "red", "00.png"))
	check(err)
	fmt.Println(prediction.Class)
	// Output:
	// cross-validated accuracy 1.00 on 24 photos
	// red
}

// Hold a part of the photos back, and see how well those are classified.
func ExampleEngine_Train() {
	ctx := context.Background()
	engine, err := headstart.Open(headstart.Config{Backbone: backbone, NoStore: true})
	check(err)
	defer engine.Close()

	data, err := dataset.Scan(ctx, photos)
	check(err)
	_, report, err := engine.Train(ctx, data, headstart.TrainOptions{
		Head:    "logistic",
		Holdout: headstart.Holdout{Test: 0.25},
	})
	check(err)
	for _, split := range report.Splits {
		fmt.Printf("%s: accuracy %.2f on %d photos\n", split.Split, split.Accuracy, split.Images)
	}
	// Output:
	// test: accuracy 1.00 on 6 photos
}

// Embeddings need no head. Nothing of this is kept on disk.
func ExampleEngine_Embed() {
	engine, err := headstart.Open(headstart.Config{Backbone: backbone, NoStore: true})
	check(err)
	defer engine.Close()

	photo, err := os.ReadFile(filepath.Join(photos, "red", "00.png"))
	check(err)
	embedding, err := engine.Embed(context.Background(), photo)
	check(err)
	network, err := engine.Backbone()
	check(err)
	fmt.Println(len(embedding) == network.Dim)
	// Output: true
}

// Classify an image that is in memory, as a server does.
func ExampleClassifier_Classify() {
	ctx := context.Background()
	engine, classifier := trained(ctx)
	defer engine.Close()

	photo, err := os.ReadFile(filepath.Join(photos, "blue", "03.png"))
	check(err)
	prediction, err := classifier.Classify(ctx, photo)
	check(err)
	fmt.Println(prediction.Class, prediction.Probability > 0.9, prediction.IsUnknown)
	// Output: blue true false
}

// Classify any number of images with little memory.
func ExampleClassifier_ClassifyAll() {
	ctx := context.Background()
	engine, classifier := trained(ctx)
	defer engine.Close()

	data, err := dataset.ScanUnlabelled(ctx, filepath.Join(photos, "blue"))
	check(err)
	counts := map[string]int{}
	for prediction, err := range classifier.ClassifyAll(ctx, slices.Values(data.Samples)) {
		check(err)
		if prediction.Err != nil {
			log.Printf("%s: %v", prediction.Path, prediction.Err)
			continue
		}
		counts[prediction.Class]++
	}
	fmt.Println(counts)
	// Output: map[blue:12]
}

// Measure a saved head on labelled photos.
func ExampleClassifier_Evaluate() {
	ctx := context.Background()
	engine, _ := trained(ctx)
	defer engine.Close()

	classifier, err := engine.Load(ctx, filepath.Join(photos, "colours.onnx"))
	check(err)
	data, err := dataset.Scan(ctx, photos)
	check(err)
	evaluation, err := classifier.Evaluate(ctx, data, headstart.EvaluateOptions{})
	check(err)
	fmt.Printf("accuracy %.2f, trained on %d of the %d photos\n", evaluation.Accuracy, evaluation.TrainedOn, evaluation.Images)
	// Output: accuracy 1.00, trained on 24 of the 24 photos
}

// Fail where a head is not good enough on photos that were held back, and see which
// labels are probably wrong.
func ExampleClassifier_Evaluate_gates() {
	ctx := context.Background()
	engine, err := headstart.Open(headstart.Config{Backbone: backbone, NoStore: true})
	check(err)
	defer engine.Close()

	data, err := dataset.Scan(ctx, photos)
	check(err)
	wrong := dataset.FromBytes("wrong.png", draw(colours["red"], 94))
	wrong.Label = "blue"
	data.Samples = append(data.Samples, wrong)
	classifier, report, err := engine.Train(ctx, data, headstart.TrainOptions{Holdout: headstart.Holdout{Test: 0.25}})
	check(err)
	for _, suspect := range report.LabelErrors {
		fmt.Printf("%s is labelled %s, but likelier to be %s\n", suspect.Path, suspect.Label, suspect.Class)
	}

	accuracy, err := metrics.ParseGate("min-accuracy", "0.9")
	check(err)
	evaluation, err := classifier.Evaluate(ctx, data, headstart.EvaluateOptions{
		Split: dataset.Test, // what was held back
		Gates: []metrics.Gate{accuracy, {Name: "min-recall", Class: "red", Bound: 0.8}, {Name: "min-images", Bound: 100}},
	})
	check(err)
	for _, gate := range evaluation.Gates {
		if !gate.Met {
			fmt.Println("not met:", gate.Reason)
		}
	}
	fmt.Println("passed:", evaluation.Passed())
	// Output:
	// wrong.png is labelled blue, but likelier to be red
	// not met: --min-images 100: number of images is 6, too low by 94
	// passed: false
}

// Write backbone and head as one ONNX file for other programs.
func ExampleClassifier_Export() {
	ctx := context.Background()
	engine, classifier := trained(ctx)
	defer engine.Close()

	report, err := classifier.Export(ctx, filepath.Join(photos, "model.onnx"), headstart.ExportOptions{})
	check(err)
	fmt.Println(filepath.Base(report.Model), filepath.Base(report.Labels), report.Difference < 1e-5)
	// Output: model.onnx model.labels.txt true
}

// trained returns a classifier of red and blue pictures, and its Engine.
func trained(ctx context.Context) (*headstart.Engine, *headstart.Classifier) {
	engine, err := headstart.Open(headstart.Config{Backbone: backbone, NoStore: true})
	check(err)
	data, err := dataset.Scan(ctx, photos)
	check(err)
	classifier, _, err := engine.Train(ctx, data, headstart.TrainOptions{})
	check(err)
	check(classifier.Save(filepath.Join(photos, "colours.onnx")))
	return engine, classifier
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// TestMain draws the photos that examples and tests work on, and gives them a
// cache folder of their own but for ONNX Runtime's library.
func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	diagnosis, err := headstart.Diagnose(os.TempDir())
	check(err)
	if diagnosis.Library == nil {
		fmt.Println("skipping the examples: they need ONNX Runtime's library: run make setup")
		check(flag.Set("test.skip", "^Example"))
	} else {
		check(os.Setenv(headstart.RuntimeVariable, diagnosis.Library.Path))
	}
	userCache = os.Getenv("XDG_CACHE_HOME")
	folder, err := os.MkdirTemp("", "headstart-*")
	check(err)
	defer os.RemoveAll(folder)
	check(os.Setenv("XDG_CACHE_HOME", filepath.Join(folder, "cache")))
	photos = filepath.Join(folder, "photos")
	for class, tint := range colours {
		check(os.MkdirAll(filepath.Join(photos, class), 0o777))
		for i := range 12 {
			check(os.WriteFile(filepath.Join(photos, class, fmt.Sprintf("%02d.png", i)), draw(tint, uint64(i)), 0o666))
		}
	}
	return m.Run()
}

// draw returns a picture of boxes in shades of a colour.
func draw(tint color.NRGBA, seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, uint64(tint.R)))
	img := image.NewNRGBA(image.Rect(0, 0, 80, 60))
	for range 40 {
		shade := func(level uint8) uint8 { return uint8(max(0, min(255, int(level)+r.IntN(80)-40))) }
		c := color.NRGBA{shade(tint.R), shade(tint.G), shade(tint.B), 255}
		x, y := r.IntN(80), r.IntN(60)
		for dx := range 30 {
			for dy := range 20 {
				img.SetNRGBA((x+dx)%80, (y+dy)%60, c)
			}
		}
	}
	var file bytes.Buffer
	check(png.Encode(&file, img))
	return file.Bytes()
}
