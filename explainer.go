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
	edge   int                  // of photos
	also   []int                // classes
}

func (c *Classifier) explainer(o ExplainOptions) (*explainer, error) {
	if o.Edge < 0 {
		return nil, errors.New("the edge of a photo must not be negative")
	}
	x := &explainer{c: c, edge: cmp.Or(o.Edge, DefaultPhotoEdge)}
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

// sample explains one sample.
func (x *explainer) sample(ctx context.Context, s dataset.Sample) (*Explanation, error) {
	data, err := s.Read(nil, cmp.Or(x.c.engine.config.MaxBytes, extractor.DefaultMaxBytes))
	if err == nil {
		var made *Explanation
		if made, err = x.explain(ctx, data, dataset.ClassName(s.Label)); err == nil {
			made.Path = s.Path
			return made, nil
		}
		unreadable, ok := errors.AsType[*ImageError](err)
		if !ok {
			return nil, fmt.Errorf("%s: %w", wording.Name(s.Path), err)
		}
		err = unreadable.Err
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return &Explanation{Prediction: Prediction{Path: s.Path, Err: patherr.Strip(err)}, Label: s.Label}, nil // the path is in it
}

func (x *explainer) explain(ctx context.Context, data []byte, label string) (*Explanation, error) {
	e, seen, err := x.look(ctx, data)
	if err != nil {
		return nil, err
	}
	if e.Photo, err = x.x.Small(ctx, data, x.edge); err != nil {
		return nil, err
	}
	e.Label = label
	names := x.c.Classes()
	for _, class := range append([]int{slices.Index(names, e.Class), dataset.FindClass(names, label)}, x.also...) {
		if class >= 0 && !slices.ContainsFunc(e.Maps, func(m ClassMap) bool { return m.Class == names[class] }) {
			e.Maps = append(e.Maps, x.classMap(e, seen, class))
		}
	}
	return e, nil
}

// seen is what the backbone sees in one image.
type seen struct {
	embedding []float32
	maps      []backbone.Map
}

// look runs the backbone. The Explanation lacks photo and Maps.
func (x *explainer) look(ctx context.Context, data []byte) (*Explanation, seen, error) {
	row, size, err := x.x.EmbedSized(ctx, data)
	if err != nil {
		return nil, seen{}, err
	}
	var s seen
	if s.embedding, s.maps, err = x.mapped.Split(row); err != nil {
		return nil, seen{}, err
	}
	e := &Explanation{Prediction: x.c.predict("", s.embedding), Size: size, Frame: x.mapped.Preprocessing.Frame(size)}
	for _, m := range s.maps {
		e.Width, e.Height = max(e.Width, m.Width), max(e.Height, m.Height)
	}
	return e, s, nil
}

// classMap is the formula at ClassMap.
func (x *explainer) classMap(e *Explanation, s seen, class int) ClassMap {
	h := x.c.head
	weights := make([]float64, len(s.embedding))
	m := ClassMap{Class: h.Meta.Classes[class], Bias: h.Linear(s.embedding, class, weights)}
	logits := h.Logits(s.embedding, nil)
	m.Logit = logits[class]
	for _, logit := range logits {
		m.Logit -= logit / float64(len(logits))
	}
	whole := grid{e.Width, e.Height, make([]float64, e.Width*e.Height)}
	for _, part := range s.maps {
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
