package headstart

import (
	"context"
	"image"
	"iter"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor"
	"github.com/digitalinnovationone/headstart/extractor/backbone"
	"github.com/digitalinnovationone/headstart/extractor/imageio"
)

// ErrNoMap says that a backbone cannot tell where in an image its embedding comes
// from, since that is not a mean over places. The errors that match it are
// [*backbone.NoMapError], which say why.
var ErrNoMap = backbone.ErrNoMap

// DefaultPhotoEdge is what 0 for ExplainOptions.Edge stands for.
const DefaultPhotoEdge = 448

// ExplainOptions says how to explain predictions. The zero value is a good choice.
type ExplainOptions struct {
	// Classes are classes to make maps for besides the predicted one.
	Classes []string
	// Edge is the longer edge of Explanation.Photo in pixels, at most; 0 means
	// DefaultPhotoEdge.
	Edge int
}

// Explanation says where in an image the backbone saw what speaks for a class.
type Explanation struct {
	Prediction        // where Err is set, the rest is empty
	Label      string // of the sample, "" if it has none

	// Maps are those of the predicted class, of Label if that is another class of
	// the head's, and of ExplainOptions.Classes, each class once.
	Maps []ClassMap
	// Width and Height are the places of each map, which divide Frame evenly.
	Width, Height int
	// Frame is the part of the upright photo that the backbone saw.
	Frame Frame
	Size  image.Point // of the upright photo in the file, in pixels
	Photo *image.RGBA // the upright photo, made small
}

// Frame is a part of an upright photo, in shares of its width and height.
type Frame = imageio.Frame

// ClassMap is a class activation map (Zhou et al., Learning Deep Features for
// Discriminative Localization, 2016, equations 1 and 2).
//
// A backbone that ends in a mean over places gives the embedding
// x_k = mean over places (i, j) of f_k(i, j). The logit of a class is linear in it
// for the head at this image, logit = Bias + Σ_k w_k·x_k (see [head.Head.Linear]), so
// it is a mean over places itself:
//
//	Logit − Bias = mean over (i, j) of Values(i, j), Values(i, j) = Σ_k w_k·f_k(i, j).
//
// For an embedding of several blocks side by side, Values is the sum over blocks of
// each block's own map, brought to the finest one's size without a change of its mean.
// For an embedding that is the mean over several views of the photo, it is the mean of
// the views' maps where they lie on the photo.
type ClassMap struct {
	Class string
	// Logit is that of the class less the mean of all classes' logits: what counts
	// for the probabilities.
	Logit float64
	Bias  float64 // the part of Logit that comes from no place
	// Values holds Width × Height places, row by row, the upper left one first.
	// Positive ones speak for the class, negative ones against it.
	Values []float32
}

// Explain classifies one image file in memory, as Classify does, and makes class
// activation maps. It runs the backbone, whatever the store holds. Besides the errors
// of Classify it returns an [*UnknownClassError], and a [*backbone.NoMapError] for a
// backbone that does not end in a mean over places.
func (c *Classifier) Explain(ctx context.Context, image []byte, o ExplainOptions) (*Explanation, error) {
	x, err := c.explainer(o)
	if err != nil {
		return nil, err
	}
	return x.explain(ctx, image, "")
}

// ExplainAll explains each sample, in their order, several at a time. Files that
// were found in a folder and are not images are left out. An image that cannot be
// read is an Explanation with Err set; an error in the second place ends the sequence.
func (c *Classifier) ExplainAll(ctx context.Context, samples iter.Seq[dataset.Sample], o ExplainOptions) iter.Seq2[*Explanation, error] {
	return func(yield func(*Explanation, error) bool) {
		x, err := c.explainer(o)
		if err != nil {
			yield(nil, err)
			return
		}
		c.engine.event(ExtractionStarted{-1})
		defer c.engine.event(ExtractionDone{})
		ctx, stop := context.WithCancelCause(ctx)
		defer stop(errStopped)
		next, end := iter.Pull(samples)
		defer end()
		type job struct {
			done chan struct{}
			from dataset.Sample
			made *Explanation
			err  error
		}
		var jobs []*job
		defer func() {
			stop(errStopped)
			for _, j := range jobs {
				<-j.done
			}
		}()
		for {
			for len(jobs) < 2*c.engine.workers() {
				s, more := next()
				if !more {
					break
				}
				j := &job{done: make(chan struct{}), from: s}
				jobs = append(jobs, j)
				go func() {
					defer close(j.done)
					j.made, j.err = x.sample(ctx, s)
				}()
			}
			if len(jobs) == 0 {
				return
			}
			j := jobs[0]
			<-j.done
			jobs = jobs[1:]
			if j.err != nil {
				yield(nil, j.err)
				return
			}
			became := extractor.Result{Sample: j.from, Err: j.made.Err}
			c.engine.event(ImageDone{became})
			if !became.Skipped() && !yield(j.made, nil) {
				return
			}
		}
	}
}
