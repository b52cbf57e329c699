package headstart_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/digitalinnovationone/headstart"
	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/head"
)

// needsRuntime skips a test where ONNX Runtime's library is missing.
func needsRuntime(t *testing.T) {
	t.Helper()
	if d, err := headstart.Diagnose(t.TempDir()); err != nil || d.Library == nil {
		t.Skip("needs ONNX Runtime's library: run make setup")
	}
}

func open(t *testing.T, config headstart.Config) *headstart.Engine {
	t.Helper()
	if config.Backbone == "" {
		config.Backbone = backbone
	}
	engine, err := headstart.Open(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
	})
	return engine
}

func scan(t *testing.T, paths ...string) *dataset.Dataset {
	t.Helper()
	data, err := dataset.Scan(t.Context(), paths...)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func train(t *testing.T, engine *headstart.Engine) *headstart.Classifier {
	t.Helper()
	classifier, _, err := engine.Train(t.Context(), scan(t, photos), headstart.TrainOptions{Head: head.LDA})
	if err != nil {
		t.Fatal(err)
	}
	return classifier
}

// With a store, without one, from memory and from files: the same probabilities.
func TestEveryWayGivesTheSame(t *testing.T) {
	needsRuntime(t)
	kept, none := open(t, headstart.Config{Store: t.TempDir()}), open(t, headstart.Config{NoStore: true})
	var want []headstart.Prediction
	for name, engine := range map[string]*headstart.Engine{"store": kept, "no store": none} {
		classifier := train(t, engine)
		samples := scan(t, photos).Samples
		var got []headstart.Prediction
		for p, err := range classifier.ClassifyAll(t.Context(), slices.Values(samples)) {
			if err != nil || p.Err != nil {
				t.Fatal(err, p.Err)
			}
			got = append(got, p)
		}
		if want == nil {
			want = got
		}
		for i, p := range got {
			if p.Path != samples[i].Path || !slices.Equal(p.Probabilities, want[i].Probabilities) {
				t.Fatalf("%s: %+v, want %+v", name, p, want[i])
			}
			image, err := os.ReadFile(p.Path)
			if err != nil {
				t.Fatal(err)
			}
			for how, classify := range map[string]func() (headstart.Prediction, error){
				"bytes": func() (headstart.Prediction, error) { return classifier.Classify(t.Context(), image) },
				"reader": func() (headstart.Prediction, error) {
					return classifier.ClassifyReader(t.Context(), bytes.NewReader(image))
				},
				"file": func() (headstart.Prediction, error) { return classifier.ClassifyFile(t.Context(), p.Path) },
			} {
				one, err := classify()
				if err != nil || !slices.Equal(one.Probabilities, p.Probabilities) || one.Class != p.Class || one.UnknownScore != p.UnknownScore {
					t.Errorf("%s, %s: %+v, %v", name, how, one, err)
				}
			}
		}
	}
}

func TestNoStoreWritesNothing(t *testing.T) {
	needsRuntime(t)
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	engine := open(t, headstart.Config{NoStore: true})
	train(t, engine)
	folder, err := headstart.DefaultStore()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(folder); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s: %v", folder, err)
	}
}

// A head that is read again gives what it gave, and only with its own backbone.
func TestHeadsBelongToTheirBackbone(t *testing.T) {
	needsRuntime(t)
	engine := open(t, headstart.Config{NoStore: true})
	classifier := train(t, engine)
	file := filepath.Join(t.TempDir(), "head.onnx")
	if err := classifier.Save(file); err != nil {
		t.Fatal(err)
	}
	image := draw(colours["blue"], 99)
	want, err := classifier.Classify(t.Context(), image)
	if err != nil {
		t.Fatal(err)
	}
	again, err := engine.Load(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	got, err := again.Classify(t.Context(), image)
	if err != nil || !slices.Equal(got.Probabilities, want.Probabilities) {
		t.Errorf("%v, %v; want %v", got, err, want)
	}

	other := filepath.Join(t.TempDir(), "other.onnx")
	content, err := os.ReadFile(backbone)
	if err != nil {
		t.Fatal(err)
	}
	// Another file of the same network: an unknown field of the ONNX model.
	if err := os.WriteFile(other, append(content, 0xfa, 0x3e, 0x01, 'x'), 0o666); err != nil {
		t.Fatal(err)
	}
	_, err = open(t, headstart.Config{Backbone: other, NoStore: true}).Load(t.Context(), file)
	var mismatch *headstart.MismatchError
	if !errors.As(err, &mismatch) || mismatch.Head != file || mismatch.Given.Path != other {
		t.Errorf("with another backbone: %v", err)
	}
	if _, err := engine.Load(t.Context(), backbone); !errors.Is(err, head.ErrNotHead) {
		t.Errorf("a backbone as a head: %v", err)
	}
	if err := classifier.Save(filepath.Join(photos, "red", "00.png")); !errors.As(err, new(*headstart.OutputError)) {
		t.Errorf("a head over a photo: %v", err)
	}
}

// Many goroutines share one Engine and get what one gets alone.
func TestConcurrentUse(t *testing.T) {
	needsRuntime(t)
	engine := open(t, headstart.Config{Store: t.TempDir(), Workers: 2})
	classifier := train(t, engine)
	images := make([][]byte, 8)
	want := make([]headstart.Prediction, len(images))
	for i := range images {
		images[i] = draw(colours[[]string{"red", "blue"}[i%2]], uint64(100+i))
		var err error
		if want[i], err = classifier.Classify(t.Context(), images[i]); err != nil {
			t.Fatal(err)
		}
	}
	samples := func(yield func(dataset.Sample) bool) {
		for i, image := range images {
			if !yield(dataset.FromBytes(fmt.Sprint(i), image)) {
				return
			}
		}
	}
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for i := range images {
				at := (i + g) % len(images)
				got, err := classifier.Classify(t.Context(), images[at])
				if err != nil || !slices.Equal(got.Probabilities, want[at].Probabilities) {
					t.Errorf("%v, %v; want %v", got, err, want[at])
				}
			}
		})
		all.Go(func() {
			i := 0
			for got, err := range classifier.ClassifyAll(t.Context(), samples) {
				if err != nil || got.Err != nil || !slices.Equal(got.Probabilities, want[i].Probabilities) {
					t.Errorf("%v, %v; want %v", got, err, want[i])
				}
				i++
			}
			if i != len(images) {
				t.Errorf("%d predictions", i)
			}
		})
	}
	all.Go(func() { train(t, engine) })
	all.Wait()
}

// An endless sequence is taken no further than a bounded number ahead.
func TestClassifyAllStreams(t *testing.T) {
	needsRuntime(t)
	classifier := train(t, open(t, headstart.Config{NoStore: true, Workers: 2}))
	image := draw(colours["red"], 1)
	var taken atomic.Int64
	endless := func(yield func(dataset.Sample) bool) {
		for yield(dataset.FromBytes("red", image)) {
			taken.Add(1)
		}
	}
	const wanted = 1500
	seen := 0
	for p, err := range classifier.ClassifyAll(t.Context(), endless) {
		if err != nil || p.Class != "red" {
			t.Fatal(p, err)
		}
		if seen++; seen == wanted {
			break
		}
	}
	if ahead := taken.Load() - wanted; ahead > 3000 {
		t.Errorf("%d images were taken ahead", ahead)
	}
}

func TestBadImagesAreResults(t *testing.T) {
	needsRuntime(t)
	classifier := train(t, open(t, headstart.Config{NoStore: true}))
	good := draw(colours["red"], 1)
	samples := []dataset.Sample{dataset.FromBytes("cut", good[:len(good)/2]), dataset.FromBytes("good", good), dataset.FromBytes("text", []byte("hello"))}
	var said []string
	for p, err := range classifier.ClassifyAll(t.Context(), slices.Values(samples)) {
		if err != nil {
			t.Fatal(err)
		}
		said = append(said, fmt.Sprint(p.Path, " ", p.Err != nil, " ", p.Class))
	}
	if want := []string{"cut true ", "good false red", "text true "}; !slices.Equal(said, want) {
		t.Errorf("%q, want %q", said, want)
	}
	if _, err := classifier.Classify(t.Context(), good[:50]); err == nil {
		t.Error("half an image was classified")
	}
	if _, err := classifier.ClassifyFile(t.Context(), "nowhere.jpg"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if _, err := classifier.ClassifyReader(t.Context(), io.MultiReader(bytes.NewReader(good), brokenReader{})); !errors.Is(err, errBroken) {
		t.Errorf("a broken reader: %v", err)
	}
}

var errBroken = errors.New("broken")

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errBroken }

func TestContextEndsEverything(t *testing.T) {
	needsRuntime(t)
	engine := open(t, headstart.Config{NoStore: true})
	classifier := train(t, engine)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	image := draw(colours["red"], 1)
	forever := func(yield func(dataset.Sample) bool) {
		for yield(dataset.FromBytes("red", image)) {
		}
	}
	seen, last := 0, error(nil)
	for _, err := range classifier.ClassifyAll(ctx, iter.Seq[dataset.Sample](forever)) {
		if seen++; seen == 10 {
			cancel()
		}
		last = err
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("ClassifyAll ended with %v", last)
	}
	data := scan(t, photos)
	file := filepath.Join(t.TempDir(), "head.onnx")
	if err := classifier.Save(file); err != nil {
		t.Fatal(err)
	}
	for name, call := range map[string]func() error{
		"Classify": func() error { _, err := classifier.Classify(ctx, image); return err },
		"Train":    func() error { _, _, err := engine.Train(ctx, data, headstart.TrainOptions{}); return err },
		"Evaluate": func() error { _, err := classifier.Evaluate(ctx, data, headstart.EvaluateOptions{}); return err },
		"Extract":  func() error { _, err := engine.Extract(ctx, data.Samples); return err },
		"Load":     func() error { _, err := engine.Load(ctx, file); return err },
	} {
		if err := call(); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
	runtime.KeepAlive(engine)
}

// A row that is damaged in the store is made again, by whoever needs it.
func TestDamagedRowsAreMadeAgain(t *testing.T) {
	needsRuntime(t)
	folder := t.TempDir()
	want := train(t, open(t, headstart.Config{Store: folder}))
	vectors, err := filepath.Glob(filepath.Join(folder, "*", "vectors.npy"))
	if err != nil || len(vectors) != 1 {
		t.Fatal(vectors, err)
	}
	content, err := os.ReadFile(vectors[0])
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)-1] ^= 0x40 // the exponent of the last row's last value
	content[200] ^= 1
	if err := os.WriteFile(vectors[0], content, 0o666); err != nil {
		t.Fatal(err)
	}
	got := train(t, open(t, headstart.Config{Store: folder}))
	image := draw(colours["blue"], 7)
	wanted, err := want.Classify(t.Context(), image)
	if err != nil {
		t.Fatal(err)
	}
	if p, err := got.Classify(t.Context(), image); err != nil || !slices.Equal(p.Probabilities, wanted.Probabilities) {
		t.Errorf("%v, %v; want %v", p, err, wanted)
	}
}

func TestSequencesThatMisbehave(t *testing.T) {
	needsRuntime(t)
	folder := filepath.Join(t.TempDir(), "store")
	classifier := train(t, open(t, headstart.Config{Store: folder}))
	image := draw(colours["red"], 1000)

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	blocked := make(chan struct{})
	defer close(blocked)
	seen := 0
	for p, err := range classifier.ClassifyAll(ctx, func(yield func(dataset.Sample) bool) {
		yield(dataset.FromBytes("one", image))
		<-blocked
	}) {
		if seen++; seen == 1 {
			if p.Class != "red" || err != nil {
				t.Errorf("before the sequence blocks: %+v, %v", p, err)
			}
			cancel()
		} else if !errors.Is(err, context.Canceled) {
			t.Errorf("%+v, %v", p, err)
		}
	}
	if seen != 2 {
		t.Errorf("%d predictions of a sequence that blocks", seen)
	}

	func() {
		defer func() {
			if cause := recover(); cause != "oh" {
				t.Errorf("recovered %v", cause)
			}
		}()
		for range classifier.ClassifyAll(t.Context(), func(func(dataset.Sample) bool) { panic("oh") }) {
			t.Error("a prediction of nothing")
		}
	}()

	// The store goes away while the caller has seen enough: no call after that.
	for range classifier.ClassifyAll(t.Context(), func(yield func(dataset.Sample) bool) { yield(dataset.FromBytes("one", image)) }) {
		if err := os.RemoveAll(folder); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(folder, nil, 0o666); err != nil {
			t.Fatal(err)
		}
		break
	}
	if err := errors.Join(os.Remove(folder), os.Mkdir(folder, 0o777)); err != nil {
		t.Fatal(err)
	}
}

func TestCloseWhileCallsRun(t *testing.T) {
	needsRuntime(t)
	engine, err := headstart.Open(headstart.Config{Backbone: backbone, NoStore: true, Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	classifier := train(t, engine)
	image := draw(colours["red"], 1)
	var started, calls sync.WaitGroup
	for range 4 {
		started.Add(1)
		calls.Go(func() {
			first := true
			for {
				_, err := classifier.Classify(t.Context(), image)
				if first {
					started.Done()
					first = false
				}
				if err != nil {
					if !errors.Is(err, headstart.ErrClosed) {
						t.Error(err)
					}
					return
				}
			}
		})
	}
	started.Wait()
	if err := engine.Close(); err != nil {
		t.Error(err)
	}
	calls.Wait()
	if _, err := classifier.Classify(t.Context(), image); !errors.Is(err, headstart.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if err := engine.Close(); err != nil {
		t.Errorf("closed twice: %v", err)
	}
}

func TestResultsReplaceNothingElse(t *testing.T) {
	needsRuntime(t)
	engine := open(t, headstart.Config{Store: t.TempDir()})
	classifier := train(t, engine)
	data := scan(t, photos)
	evaluation, err := classifier.Evaluate(t.Context(), data, headstart.EvaluateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	found, err := engine.Extract(t.Context(), data.Samples)
	if err != nil {
		t.Fatal(err)
	}
	photo := filepath.Join(t.TempDir(), "photo.csv")
	content := draw(colours["red"], 3)
	if err := os.WriteFile(photo, content, 0o666); err != nil {
		t.Fatal(err)
	}
	table, err := headstart.NewTable(photo, "csv")
	if err != nil {
		t.Fatal(err)
	}
	for name, write := range map[string]func() error{
		"WriteCSV":      func() error { return evaluation.WriteCSV(photo) },
		"WriteIndex":    func() error { return found.WriteIndex(photo) },
		"WriteManifest": func() error { return found.WriteManifest(photo) },
		"WriteTable":    func() error { _, err := found.WriteTable(t.Context(), table); return err },
		"Export":        func() error { _, err := classifier.Export(t.Context(), photo, headstart.ExportOptions{}); return err },
		"Save":          func() error { return classifier.Save(photo) },
		"CreateScores":  func() error { _, err := classifier.CreateScores(photo, headstart.ScoreFormat{}); return err },
		"AppendScores": func() error {
			_, err := classifier.AppendScores(t.Context(), photo, headstart.ScoreFormat{})
			return err
		},
	} {
		if err := write(); err == nil {
			t.Errorf("%s replaced a photo", name)
		}
		if there, err := os.ReadFile(photo); err != nil || !bytes.Equal(there, content) {
			t.Fatalf("%s changed a photo: %v", name, err)
		}
	}
}

func TestPredictionsHaveAJSONForm(t *testing.T) {
	for want, p := range map[string]headstart.Prediction{
		`{"path":"a","class":"cats","probability":0.75,"probabilities":[0.75,0.25]}`: {
			Path: "a", Class: "cats", Probability: 0.75, Probabilities: []float64{0.75, 0.25}, UnknownScore: math.NaN(), Threshold: math.NaN()},
		`{"path":"c","class":"cats","probability":0.75,"probabilities":[0.75,0.25],"unknown":0.25,"is_unknown":false,"threshold":0.5}`: {
			Path: "c", Class: "cats", Probability: 0.75, Probabilities: []float64{0.75, 0.25}, UnknownScore: 0.25, Threshold: 0.5},
		`{"path":"b","error":"broken"}`: {Path: "b", Err: errBroken},
	} {
		if got, err := json.Marshal(p); err != nil || string(got) != want {
			t.Errorf("%s, %v; want %s", got, err, want)
		}
	}
}
