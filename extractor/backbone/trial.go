package backbone

import (
	"context"
	"errors"
	"math"
	"slices"

	"github.com/digitalinnovationone/headstart/extractor/imageio"
	"github.com/digitalinnovationone/headstart/internal/ort"
)

// trial runs a cut network, the content of b's file, as extraction will. It
// returns the embedding of a test image. It fails if embeddings are useless or,
// where many images may be given at once, if these change each other's.
func trial(ctx context.Context, b Backbone, content []byte, many bool) (embedding []float32, err error) {
	session, err := ort.Open(ort.Model{
		Path: b.Path, Data: content,
		Input: b.Input.Name, InputShape: b.Input.Shape, Output: b.Output.Name, OutputShape: b.Output.Shape,
	}, ort.Options{})
	if err != nil {
		return nil, err
	}
	defer session.Close()
	return try(ctx, session, b.Preprocessing, many)
}

// try is trial with a session. Each of a picture's views is an image here.
func try(ctx context.Context, session *ort.Session, p imageio.Preprocessing, many bool) (embedding []float32, err error) {
	p.View = imageio.CropView
	first, err := embed(ctx, session, p, 0)
	if err != nil {
		return nil, err
	}
	second, err := embed(ctx, session, p, 1)
	if err != nil {
		return nil, err
	}
	for _, v := range first {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return nil, errors.New("the embedding of a test image has values that are not finite")
		}
	}
	if slices.Equal(first, second) {
		return nil, errors.New("it gives the same embedding for two different test images")
	}
	if many {
		both, err := embed(ctx, session, p, 0, 1)
		if err != nil {
			return nil, err
		}
		if !alike(both, slices.Concat(first, second)) {
			return nil, errors.New("images in a batch change each other's embeddings")
		}
	}
	return first, nil
}

// embed returns the embeddings of test images, computed in one batch.
func embed(ctx context.Context, session *ort.Session, p imageio.Preprocessing, numbers ...int) ([]float32, error) {
	runner, err := session.Runner(len(numbers))
	if err != nil {
		return nil, err
	}
	defer runner.Close()
	for i, number := range numbers {
		if bytes := runner.Bytes(); bytes != nil {
			drawTestImage(bytes[i*p.Len():], p, number)
		} else {
			drawTestImage(runner.Floats()[i*p.Len():], p, number)
		}
	}
	if err := runner.Run(ctx); err != nil {
		return nil, err
	}
	return slices.Clone(runner.Output()), nil
}

// alike allows for different orders of summation.
func alike(a, b []float32) bool {
	var difference, size float64
	for i := range min(len(a), len(b)) {
		difference = max(difference, math.Abs(float64(a[i]-b[i])))
		size = max(size, math.Abs(float64(b[i])))
	}
	return len(a) == len(b) && difference <= 1e-3*size
}

// drawTestImage draws test image 0 or 1, preprocessed.
func drawTestImage[T float32 | uint8](tensor []T, p imageio.Preprocessing, number int) {
	for y := range p.Crop {
		for x := range p.Crop {
			for c := range 3 {
				level := (x*(y+1) + 85*c) % 256
				if number == 1 {
					level = 255 - (x+y)%256
				}
				at := (c*p.Crop+y)*p.Crop + x
				if p.Layout == "NHWC" {
					at = (y*p.Crop+x)*3 + c
				}
				tensor[at] = T((float32(level) - p.Mean[c]) / p.Std[c])
			}
		}
	}
}
