package headstart

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor"
	"github.com/digitalinnovationone/headstart/extractor/imageio"
	"github.com/digitalinnovationone/headstart/internal/fusedmodel"
	"github.com/digitalinnovationone/headstart/internal/ort"
	"github.com/digitalinnovationone/headstart/internal/patherr"
)

const (
	checkedImages    = 32   // of those given, at most
	checkedGenerated = 8    // where none are given
	checkTolerance   = 1e-4 // of a probability
)

// exportCheck compares an exported model with backbone and head, run one after the
// other.
type exportCheck struct {
	*Classifier
	layout   string
	prepared imageio.Preprocessing // what the backbone's pictures are before they are normalised
	decoder  imageio.Decoder
}

func (c *Classifier) exportCheck(layout string) *exportCheck {
	return &exportCheck{
		Classifier: c, layout: layout,
		prepared: imagePreprocessing(FloatImage, c.backbone.Preprocessing),
		decoder:  imageio.Decoder{Limits: imageio.Limits{MaxPixels: c.engine.config.MaxPixels}},
	}
}

// checkedPicture is a picture on both ways.
type checkedPicture struct {
	levels []float32 // its views as the backbone takes them: red, then green, then blue, from 0 to 255
	whole  []byte    // for PhotoImage: an image file, of which levels are made when it is its turn
}

// pictures decodes some of the samples, spread evenly, or generates pictures where
// there are no samples.
func (e *exportCheck) pictures(ctx context.Context, samples []dataset.Sample, report *ExportReport) ([]checkedPicture, error) {
	if len(samples) == 0 {
		report.Verified = checkedGenerated
		return e.generated(), nil
	}
	var pictures []checkedPicture
	tried := min(len(samples), checkedImages)
	for i := range tried {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		sample := samples[i*len(samples)/tried]
		content, err := sample.Read(nil, extractor.DefaultMaxBytes)
		levels := make([]float32, e.prepared.Len())
		if err == nil {
			err = e.decoder.Tensor(ctx, levels, content, e.prepared)
		}
		switch {
		case err == nil && e.layout == PhotoImage:
			pictures = append(pictures, checkedPicture{whole: content})
		case err == nil:
			pictures = append(pictures, checkedPicture{levels: levels})
		case !(extractor.Result{Sample: sample, Err: err}).Skipped():
			report.Unreadable = append(report.Unreadable, Unreadable{sample.Path, patherr.Strip(err)})
		}
	}
	if len(pictures) == 0 {
		return nil, &NothingReadError{tried, report.Unreadable}
	}
	report.Verified = len(pictures)
	return pictures, nil
}

// generated returns areas of colour under noise, the same ones every time.
func (e *exportCheck) generated() []checkedPicture {
	random := rand.New(rand.NewPCG(1, 2))
	side := e.prepared.Crop
	pictures := make([]checkedPicture, checkedGenerated)
	for i := range pictures {
		if e.layout == PhotoImage { // larger and smaller ones, wide and high
			width, height := side*(i+2)/4, side*(9-i)/4
			whole := imageio.Pixels{Levels: make([]uint8, 3*width*height), Width: width, Height: height}
			for channel, levels := range generatedLevels(random, width, height) {
				for at, level := range levels {
					whole.Levels[3*at+channel] = uint8(level)
				}
			}
			pictures[i].whole = whole.PNM()
			continue
		}
		for _, levels := range generatedLevels(random, side, side) {
			pictures[i].levels = append(pictures[i].levels, levels...)
		}
	}
	return pictures
}

func generatedLevels(random *rand.Rand, width, height int) (channels [3][]float32) {
	for channel := range channels {
		levels := make([]float32, width*height)
		base, across, down, noise := random.Float32()*255, random.Float32(), random.Float32(), random.Float32()*80
		for at := range levels {
			level := base + across*float32(at%width) - down*float32(at/width) + noise*(random.Float32()-0.5)
			levels[at] = min(max(level, 0), 255)
		}
		channels[channel] = levels
	}
	return channels
}

// run compares the model at path with backbone and head, and returns the largest
// difference between probabilities and unknown scores.
func (e *exportCheck) run(ctx context.Context, path string, pictures []checkedPicture) (float64, error) {
	h := e.head
	model := ort.Model{Path: path, Input: fusedmodel.Image, InputShape: e.imageShape(), Bytes: e.layout != FloatImage}
	model.Output, model.OutputShape = fusedmodel.Probabilities, []int64{-1, int64(len(e.Classes()))}
	whole, err := newModelRunner(model, imagePreprocessing(e.layout, e.backbone.Preprocessing))
	if err != nil {
		return 0, err
	}
	defer whole.close()
	var unknown *modelRunner
	if h.Meta.Unknown != nil {
		model.Output, model.OutputShape = fusedmodel.Unknown, []int64{-1}
		if unknown, err = newModelRunner(model, whole.preprocessing); err != nil {
			return 0, err
		}
		defer unknown.close()
	}
	embedder, err := e.embedder(ctx)
	if err != nil {
		return 0, err
	}
	defer embedder.close()
	var largest float64
	compare := func(what string, got float32, want float64) error {
		difference := math.Abs(float64(got) - want)
		largest = max(largest, difference)
		if !(difference <= checkTolerance) {
			return fmt.Errorf("the exported model is wrong and was not written: for %s it gives %v; backbone and head give %v", what, got, want)
		}
		return nil
	}
	for _, p := range pictures {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		give, embedding, err := e.bothWays(ctx, p, embedder)
		if err != nil {
			return 0, err
		}
		got, err := give(ctx, whole)
		if err != nil {
			return 0, err
		}
		for k, want := range h.Probabilities(embedding, nil) {
			if err := compare(fmt.Sprintf("the probability of class %q", e.Classes()[k]), got[k], want); err != nil {
				return 0, err
			}
		}
		if unknown == nil {
			continue
		}
		if got, err = give(ctx, unknown); err != nil {
			return 0, err
		}
		if err := compare("the unknown score", got[0], h.UnknownScore(embedding)); err != nil {
			return 0, err
		}
	}
	return largest, nil
}

// embedder returns the backbone alone.
func (e *exportCheck) embedder(ctx context.Context) (*modelRunner, error) {
	session, err := e.backbone.Open(ctx, ort.Options{})
	if err != nil {
		return nil, err
	}
	return runnerOf(session, e.backbone.Preprocessing)
}

// bothWays returns how to give a picture to a model, and the embedding that the
// backbone alone makes of it.
func (e *exportCheck) bothWays(ctx context.Context, p checkedPicture, embedder *modelRunner) (give func(context.Context, *modelRunner) ([]float32, error), embedding []float32, err error) {
	levels := p.levels
	switch e.layout {
	case Uint8Image:
		levels = rounded(levels)
	case PhotoImage:
		pixels, err := e.decoder.Pixels(ctx, p.whole)
		if err != nil {
			return nil, nil, err
		}
		levels = make([]float32, e.prepared.Len())
		if err := e.decoder.Tensor(ctx, levels, pixels.PNM(), e.prepared); err != nil {
			return nil, nil, err
		}
		give = func(ctx context.Context, m *modelRunner) ([]float32, error) { return m.runWhole(ctx, pixels) }
	}
	if give == nil {
		give = func(ctx context.Context, m *modelRunner) ([]float32, error) { return m.run(ctx, levels) }
	}
	views := e.prepared.EachView()
	for i, view := range views {
		one, err := embedder.run(ctx, levels[i*view.Len():(i+1)*view.Len()])
		if err != nil {
			return nil, nil, err
		}
		if embedding == nil {
			embedding = make([]float32, len(one))
		}
		for k, v := range one {
			embedding[k] += v / float32(len(views))
		}
	}
	return give, embedding, nil
}

// imageShape is the shape of the model's input, with -1 for the batch, and 1 where
// it depends on the picture.
func (e *exportCheck) imageShape() []int64 {
	side := int64(e.prepared.Crop)
	switch e.layout {
	case PhotoImage:
		return []int64{-1, 1, 1, 3}
	case Uint8Image:
		return []int64{-1, side, side, 3}
	}
	return []int64{-1, 3, side, side}
}

func rounded(levels []float32) []float32 {
	out := make([]float32, len(levels))
	for i, level := range levels {
		out[i] = float32(math.Round(float64(level)))
	}
	return out
}
