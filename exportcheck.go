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

// picture is an image as an exported model takes it in the layout FloatImage:
// levels of red, then of green, then of blue.
type picture []float32

// checkPictures decodes some of the samples, spread evenly, or generates
// pictures where there are no samples.
func (c *Classifier) checkPictures(ctx context.Context, samples []dataset.Sample, report *ExportReport) ([]picture, error) {
	p := imagePreprocessing(FloatImage, c.backbone.Preprocessing)
	if len(samples) == 0 {
		report.Verified = checkedGenerated
		return generatedPictures(p.Crop), nil
	}
	decoder := imageio.Decoder{Limits: imageio.Limits{MaxPixels: c.engine.config.MaxPixels}}
	var pictures []picture
	tried := min(len(samples), checkedImages)
	for i := range tried {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		sample := samples[i*len(samples)/tried]
		levels := make(picture, p.Len())
		content, err := sample.Read(nil, extractor.DefaultMaxBytes)
		if err == nil {
			err = decoder.Tensor(ctx, levels, content, p)
		}
		if err != nil {
			if !(extractor.Result{Sample: sample, Err: err}).Skipped() {
				report.Unreadable = append(report.Unreadable, Unreadable{sample.Path, patherr.Strip(err)})
			}
			continue
		}
		pictures = append(pictures, levels)
	}
	if len(pictures) == 0 {
		return nil, &NothingReadError{tried, report.Unreadable}
	}
	report.Verified = len(pictures)
	return pictures, nil
}

// generatedPictures are areas of colour under noise, the same ones every time.
func generatedPictures(side int) []picture {
	random := rand.New(rand.NewPCG(1, 2))
	pictures := make([]picture, checkedGenerated)
	for i := range pictures {
		levels := make(picture, 3*side*side)
		for channel := range 3 {
			base, across, down, noise := random.Float32()*255, random.Float32(), random.Float32(), random.Float32()*80
			for at := range side * side {
				level := base + across*float32(at%side) - down*float32(at/side) + noise*(random.Float32()-0.5)
				levels[channel*side*side+at] = min(max(level, 0), 255)
			}
		}
		pictures[i] = levels
	}
	return pictures
}

// verifyExport compares the exported model at path with backbone and head run
// one after the other, and returns the largest difference between probabilities
// and unknown scores.
func (c *Classifier) verifyExport(ctx context.Context, path, layout string, pictures []picture) (float64, error) {
	b, h := c.backbone, c.head
	prepared := imagePreprocessing(layout, b.Preprocessing)
	model := ort.Model{Path: path, Input: fusedmodel.Image, InputShape: imageShape(layout, int64(b.Preprocessing.Crop)), Bytes: layout == Uint8Image}
	model.Output, model.OutputShape = fusedmodel.Probabilities, []int64{-1, int64(len(c.Classes()))}
	whole, err := newModelRunner(model, prepared)
	if err != nil {
		return 0, err
	}
	defer whole.close()
	var unknown *modelRunner
	if h.Meta.Unknown != nil {
		model.Output, model.OutputShape = fusedmodel.Unknown, []int64{-1}
		if unknown, err = newModelRunner(model, prepared); err != nil {
			return 0, err
		}
		defer unknown.close()
	}
	content, err := b.Read()
	if err != nil {
		return 0, err
	}
	embedder, err := newModelRunner(ort.Model{
		Path: b.Path, Data: content, Input: b.Input.Name, InputShape: b.Input.Shape, Bytes: b.Preprocessing.Type == "uint8",
		Output: b.Output.Name, OutputShape: b.Output.Shape,
	}, b.Preprocessing)
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
	for _, levels := range pictures {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		if layout == Uint8Image {
			levels = rounded(levels)
		}
		embedding, err := embedder.run(ctx, levels)
		if err != nil {
			return 0, err
		}
		got, err := whole.run(ctx, levels)
		if err != nil {
			return 0, err
		}
		for k, want := range h.Probabilities(embedding, nil) {
			if err := compare(fmt.Sprintf("the probability of class %q", c.Classes()[k]), got[k], want); err != nil {
				return 0, err
			}
		}
		if unknown == nil {
			continue
		}
		if got, err = unknown.run(ctx, levels); err != nil {
			return 0, err
		}
		if err := compare("the unknown score", got[0], h.UnknownScore(embedding)); err != nil {
			return 0, err
		}
	}
	return largest, nil
}

func imageShape(layout string, side int64) []int64 {
	if layout == Uint8Image {
		return []int64{-1, side, side, 3}
	}
	return []int64{-1, 3, side, side}
}

func rounded(levels picture) picture {
	out := make(picture, len(levels))
	for i, level := range levels {
		out[i] = float32(math.Round(float64(level)))
	}
	return out
}
