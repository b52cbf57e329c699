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
	"github.com/digitalinnovationone/headstart/extractor/imageio"
	"github.com/digitalinnovationone/headstart/internal/patherr"
	"github.com/digitalinnovationone/headstart/internal/wording"
)

// explainer makes explanations for one classifier. It is safe for concurrent use.
type explainer struct {
	c      *Classifier
	mapped backbone.Mapped
	views  []explainedView
	edge   int   // of photos
	also   []int // classes
}

// explainedView is a view of photos, whose maps lie elsewhere than those of others.
type explainedView struct {
	preprocessing imageio.Preprocessing
	x             *extractor.Extractor // its store is never opened
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
	for _, p := range c.backbone.Preprocessing.EachView() {
		one := x.mapped.Backbone
		one.Preprocessing = p
		made, err := c.engine.forBackbone(one)
		if err != nil {
			return nil, err
		}
		x.views = append(x.views, explainedView{p, made})
	}
	return x, nil
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
	if e.Photo, err = x.views[0].x.Small(ctx, data, x.edge); err != nil {
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
	maps      [][]backbone.Map // of each view
	at        []Frame          // where that lies in Explanation.Frame
}

// look runs the backbone. The Explanation lacks photo and Maps.
func (x *explainer) look(ctx context.Context, data []byte) (*Explanation, seen, error) {
	e, s := &Explanation{}, seen{}
	for _, view := range x.views {
		row, size, err := view.x.EmbedSized(ctx, data)
		if err != nil {
			return nil, s, err
		}
		embedding, maps, err := x.mapped.Split(row)
		if err != nil {
			return nil, s, err
		}
		if s.embedding == nil {
			s.embedding = slices.Clone(embedding)
		} else { // as the extractor does
			for k, v := range embedding {
				s.embedding[k] = 0.5 * (s.embedding[k] + v)
			}
		}
		e.Size, e.Frame = size, view.preprocessing.Frame(size)
		s.maps, s.at = append(s.maps, maps), append(s.at, e.Frame)
		for _, m := range maps {
			e.Width, e.Height = max(e.Width, m.Width), max(e.Height, m.Height)
		}
	}
	whole := Frame{Left: 0, Top: 0, Right: 1, Bottom: 1}
	if len(x.views) == 1 {
		s.at[0] = whole // of what the backbone saw
	} else {
		e.Frame = whole
		e.Width, e.Height = 2*e.Width, 2*e.Height // finer than each view's
	}
	e.Prediction = x.c.predict("", s.embedding)
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
	for view, maps := range s.maps {
		for _, part := range maps {
			places := grid{part.Width, part.Height, make([]float64, part.Width*part.Height)}
			for k, w := range weights[part.First:][:part.Dim] {
				for i := range places.values {
					places.values[i] += w * float64(part.At(k, i))
				}
			}
			whole.add(places, s.at[view], 1/float64(len(s.maps)))
		}
	}
	m.Values = make([]float32, len(whole.values))
	for i, v := range whole.values {
		m.Values[i] = float32(v)
	}
	return m
}
