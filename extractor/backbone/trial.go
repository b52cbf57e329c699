package backbone

import (
	"context"
	"errors"
	"fmt"
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
	return b.tryOn(ctx, session, many)
}

// tryOn is trial with a session. Each of a picture's views is an image here.
func (b Backbone) tryOn(ctx context.Context, session *ort.Session, many bool) (embedding []float32, err error) {
	p := b.Preprocessing
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
	at := 0
	for _, block := range b.Given() {
		end := at + block.Dim
		if slices.Equal(first[at:end], second[at:end]) {
			return nil, fmt.Errorf("it gives the same %s for two different test images", inBlock(b, block))
		}
		at = end
	}
	if many {
		both, err := embed(ctx, session, p, 0, 1)
		if err != nil {
			return nil, err
		}
		at := 0
		for _, block := range b.Given() {
			end := at + block.Dim
			if !alike(both[at:end], first[at:end]) || !alike(both[b.Dim+at:b.Dim+end], second[at:end]) {
				return nil, errors.New("images in a batch change each other's " + inBlock(b, block))
			}
			at = end
		}
	}
	return first, nil
}

// inBlock names an embedding, or the part of it in a block.
func inBlock(b Backbone, block Block) string {
	if b.Blocks == nil {
		return "embedding"
	}
	return "block " + block.Name + " of an embedding"
}

// tryBlocks runs a cut network with all its blocks, and with each alone. It fails if
// one is useless, or if its values depend on what else is asked for: the store takes
// the ones of wider rows for those of a run. last are those of the last block.
func (b Backbone) tryBlocks(ctx context.Context, content []byte, many bool, last []float32) error {
	embedding, err := b.WithBlocks(b.Available()).tryEdited(ctx, content, many)
	if err != nil {
		return err
	}
	at := 0
	for _, block := range b.Available() {
		values := embedding[at : at+block.Dim]
		at += block.Dim
		alone := last
		if block.Name != LastBlock {
			if alone, err = b.WithBlocks([]Block{block}).tryEdited(ctx, content, false); err != nil {
				return err
			}
		}
		if !slices.Equal(values, alone) {
			return fmt.Errorf("block %s has other values alone than beside others", block.Name)
		}
	}
	return nil
}

func (b Backbone) tryEdited(ctx context.Context, content []byte, many bool) ([]float32, error) {
	content, err := b.edit(content)
	if err != nil {
		return nil, err
	}
	return trial(ctx, b, content, many)
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
