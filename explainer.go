package headstart

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor"
	"github.com/digitalinnovationone/headstart/extractor/backbone"
	"github.com/digitalinnovationone/headstart/internal/patherr"
	"github.com/digitalinnovationone/headstart/internal/wording"
)

// explainer makes explanations for one classifier. It is safe for concurrent use.
type explainer struct {
	c      *Classifier
	mapped backbone.Mapped
	x      *extractor.Extractor // of mapped; its store is never opened
	side   int
	also   []int // classes
}

func (c *Classifier) explainer(o ExplainOptions) (*explainer, error) {
	if o.Side < 0 {
		return nil, errors.New("the side of a photo must not be negative")
	}
	x := &explainer{c: c, side: cmp.Or(o.Side, DefaultPhotoSide)}
	for _, class := range o.Classes {
		i := dataset.FindClass(c.Classes(), class)
		if i < 0 {
			return nil, &UnknownClassError{Path: c.file(), Class: class, Classes: c.Classes()}
		}
		x.also = append(x.also, i)
	}
	var err error
	if x.mapped, err = c.backbone.WithMaps(); err != nil {
		return nil, err
	}
	x.x, err = c.engine.forBackbone(x.mapped.Backbone)
	return x, err
}

// sample explains one sample. It returns nil for a file that is left out.
func (x *explainer) sample(ctx context.Context, s dataset.Sample) (*Explanation, error) {
	data, err := s.Read(nil, cmp.Or(x.c.engine.config.MaxBytes, extractor.DefaultMaxBytes))
	if err == nil {
		made, failed := x.explain(ctx, data, s.Path, dataset.ClassName(s.Label))
		unreadable, ok := errors.AsType[*ImageError](failed)
		if failed != nil && !ok {
			return nil, fmt.Errorf("%s: %w", wording.Name(s.Path), failed)
		}
		if failed == nil {
			return made, nil
		}
		err = unreadable.Err
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	err = patherr.Strip(err) // the path is in the Prediction
	if (extractor.Result{Sample: s, Err: err}).Skipped() {
		return nil, nil
	}
	return &Explanation{Prediction: Prediction{Path: s.Path, Err: err}, Label: s.Label}, nil
}

func (x *explainer) explain(ctx context.Context, data []byte, path, label string) (*Explanation, error) {
	row, err := x.x.Embed(ctx, data)
	if err != nil {
		return nil, err
	}
	embedding, parts, err := x.mapped.Split(row)
	if err != nil {
		return nil, err
	}
	made := &Explanation{Prediction: x.c.predict(path, embedding), Label: label}
	if made.Photo, made.Size, err = x.x.Show(ctx, data, x.side); err != nil {
		return nil, err
	}
	made.Frame = x.mapped.Preprocessing.Seen(made.Size)
	for _, part := range parts {
		made.Width, made.Height = max(made.Width, part.Width), max(made.Height, part.Height)
	}
	for _, class := range x.classes(made) {
		made.Maps = append(made.Maps, x.classMap(made, embedding, parts, class))
	}
	return made, nil
}

// classes are those to make maps for.
func (x *explainer) classes(made *Explanation) []int {
	names := x.c.Classes()
	wanted := append([]int{slices.Index(names, made.Class), dataset.FindClass(names, made.Label)}, x.also...)
	var classes []int
	for _, class := range wanted {
		if class >= 0 && !slices.Contains(classes, class) {
			classes = append(classes, class)
		}
	}
	return classes
}

// classMap is the formula at ClassMap.
func (x *explainer) classMap(made *Explanation, embedding []float32, parts []backbone.Map, class int) ClassMap {
	h := x.c.head
	weights := make([]float64, len(embedding))
	m := ClassMap{Class: h.Meta.Classes[class], Bias: h.Linear(embedding, class, weights)}
	for i, logit := range h.Logits(embedding, nil) {
		m.Logit -= logit / float64(len(h.Meta.Classes))
		if i == class {
			m.Logit += logit
		}
	}
	whole := grid{made.Width, made.Height, make([]float64, made.Width*made.Height)}
	for _, part := range parts {
		places := grid{part.Width, part.Height, make([]float64, part.Width*part.Height)}
		for k, w := range weights[part.First:][:part.Dim] {
			for i := range places.values {
				places.values[i] += w * float64(part.At(k, i))
			}
		}
		whole.add(places)
	}
	m.Values = make([]float32, len(whole.values))
	for i, v := range whole.values {
		m.Values[i] = float32(v)
	}
	return m
}
