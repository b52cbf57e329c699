package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor"
	"github.com/digitalinnovationone/headstart/extractor/backbone"
	"github.com/digitalinnovationone/headstart/extractor/imageio"
	"github.com/digitalinnovationone/headstart/head"
	"github.com/digitalinnovationone/headstart/internal/bundle"
	"github.com/digitalinnovationone/headstart/internal/ort"
)

const (
	checkedImages  = 32   // of those given, at most
	checkedDrawn   = 8    // where none are given
	checkTolerance = 1e-4 // of a probability
)

// picture is an image as an exported model takes it in the layout Floats:
// levels of red, then of green, then of blue.
type picture []float32

// samplePictures decodes some of the images at paths, spread evenly, or draws
// pictures of noise where there are no paths. It lists and counts those that are
// unreadable.
func samplePictures(ctx context.Context, t *terminal, p imageio.Preprocessing, paths []string) (pictures []picture, unreadable int, err error) {
	if len(paths) == 0 {
		return drawnPictures(p.Crop), 0, nil
	}
	data, err := dataset.ScanUnlabelled(ctx, paths...)
	if err != nil {
		return nil, 0, err
	}
	notePassedOver(t, data)
	p = imagePreprocessing(bundle.Floats, p)
	var decoder imageio.Decoder
	tried := min(len(data.Samples), checkedImages)
	for i := range tried {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		sample := data.Samples[i*len(data.Samples)/tried]
		levels := make(picture, p.Len())
		content, err := sample.Read(nil, extractor.DefaultMaxBytes)
		if err == nil {
			err = decoder.Tensor(ctx, levels, content, p)
		}
		if err != nil {
			if !(extractor.Result{Sample: sample, Err: err}).PassedOver() {
				t.note("unreadable: %s: %v", printable(sample.Path), withoutPath(err))
				unreadable++
			}
			continue
		}
		pictures = append(pictures, levels)
	}
	if len(pictures) == 0 {
		return nil, 0, errNothingRead(tried)
	}
	return pictures, unreadable, nil
}

// drawnPictures are areas of colour under noise, the same ones every time.
func drawnPictures(side int) []picture {
	random := rand.New(rand.NewPCG(1, 2))
	pictures := make([]picture, checkedDrawn)
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

// verifyBundle compares the exported model at path with backbone and head run
// one after the other, and returns the largest difference between
// probabilities and unknown scores.
func verifyBundle(ctx context.Context, path, layout string, h *head.Head, b backbone.Backbone, pictures []picture) (float64, error) {
	side := int64(b.Preprocessing.Crop)
	model := ort.Model{Path: path, Input: bundle.Image, InputShape: imageShape(layout, side), Bytes: layout == bundle.Bytes}
	classes := model
	classes.Output, classes.OutputShape = bundle.Probabilities, []int64{-1, int64(len(h.Meta.Classes))}
	whole, err := newModelRunner(classes)
	if err != nil {
		return 0, err
	}
	defer whole.close()
	var unknown *modelRunner
	if h.Meta.Unknown != nil {
		model.Output, model.OutputShape = bundle.Unknown, []int64{-1}
		if unknown, err = newModelRunner(model); err != nil {
			return 0, err
		}
		defer unknown.close()
	}
	embedder, err := newModelRunner(ort.Model{
		Path: b.Path, Input: b.Input.Name, InputShape: b.Input.Shape, Bytes: b.Preprocessing.Type == "uint8",
		Output: b.Output.Name, OutputShape: b.Output.Shape,
	})
	if err != nil {
		return 0, err
	}
	defer embedder.close()
	var largest float64
	compare := func(what string, got float32, want float64) error {
		difference := math.Abs(float64(got) - want)
		largest = max(largest, difference)
		if !(difference <= checkTolerance) {
			return fmt.Errorf("the joined model is wrong and was not written: it gives %s %v, backbone and head one after the other give %v", what, got, want)
		}
		return nil
	}
	for _, levels := range pictures {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		if layout == bundle.Bytes {
			levels = rounded(levels)
		}
		embedding, err := embedder.run(levels, b.Preprocessing)
		if err != nil {
			return 0, err
		}
		prepared := imagePreprocessing(layout, b.Preprocessing)
		got, err := whole.run(levels, prepared)
		if err != nil {
			return 0, err
		}
		for k, want := range h.Probabilities(embedding, nil) {
			if err := compare(fmt.Sprintf("class %q the probability", h.Meta.Classes[k]), got[k], want); err != nil {
				return 0, err
			}
		}
		if unknown == nil {
			continue
		}
		if got, err = unknown.run(levels, prepared); err != nil {
			return 0, err
		}
		if err := compare("the unknown score", got[0], h.UnknownScore(embedding)); err != nil {
			return 0, err
		}
	}
	return largest, nil
}

func imageShape(layout string, side int64) []int64 {
	if layout == bundle.Bytes {
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
