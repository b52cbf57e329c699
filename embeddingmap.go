package headstart

import (
	"context"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/head"
)

// Map puts images on a plane such that those with near embeddings are near.
type Map struct {
	Method string     `json:"method"` // head.MapPCA, head.MapDiscriminant or head.MapNeighbours, which say what they show
	Images int        `json:"images"` // of which Points are a sample, if there are fewer
	Points []MapPoint `json:"points"`
	// Shares are those of the axes in the variance of the embeddings, of head.MapPCA.
	Shares []float64 `json:"shares,omitempty"`
}

// MapPoint is one image.
type MapPoint struct {
	X      float32 `json:"x"`
	Y      float32 `json:"y"`
	Actual int     `json:"actual"`           // class
	Wrong  bool    `json:"wrong"`            // its held-out prediction is another class; false without a prediction
	Photo  int     `json:"photo"`            // -1 if it is not among the photos
	Fitted bool    `json:"fitted,omitempty"` // the directions of head.MapDiscriminant were fitted to it: it looks better than it is
	Row    int     `json:"-"`                // its index among the samples that were mapped
}

// EmbeddingMaps puts labelled images, at most MaxMapPoints of them, on planes on which
// those with like embeddings are near each other, in each way that makes sense: see
// [head.MakeMaps]. It returns the images too, whose samples MapPoint.Row counts.
// Embeddings that the store lacks are made first.
func (e *Engine) EmbeddingMaps(ctx context.Context, data *dataset.Dataset, o DuplicateOptions, seed uint64) ([]Map, *Embeddings, error) {
	if data == nil {
		return nil, nil, dataset.ErrEmpty
	}
	found, err := e.Extract(ctx, data.Samples)
	if err != nil {
		return nil, nil, err
	}
	found = found.only(func(i int) bool { return found.Samples[i].Label != "" })
	if len(found.Samples) == 0 {
		return nil, nil, dataset.ErrUnlabelled
	}
	same, err := found.findAlike(ctx, o)
	if err != nil {
		return nil, nil, err
	}
	labels, err := labelsOf(found.Samples, dataset.Classes(found.Samples))
	if err != nil {
		return nil, nil, err
	}
	maps, err := found.maps(ctx, labels, found.numbered(same), seed)
	return maps, found, err
}

// maps makes maps of samples whose labels and units are given.
func (e *Embeddings) maps(ctx context.Context, labels, units []int, seed uint64) ([]Map, error) {
	rows, err := e.Matrix(ctx)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var made *head.Maps
	err = rows.Guard(func() (err error) {
		made, err = head.MakeMaps(ctx, rows, labels, head.MapOptions{Most: MaxMapPoints, Groups: units, Seed: seed, Workers: e.engine.workers()})
		return err
	})
	if err != nil {
		return nil, err
	}
	maps := make([]Map, len(made.Maps))
	for n, m := range made.Maps {
		maps[n] = Map{Method: m.Method, Images: len(labels), Shares: m.Shares}
		for i, p := range m.Points {
			row := made.Rows[i]
			maps[n].Points = append(maps[n].Points, MapPoint{
				X: float32(p[0]), Y: float32(p[1]), Actual: labels[row], Photo: -1, Row: row, Fitted: m.Fitted != nil && m.Fitted[i],
			})
		}
	}
	return maps, nil
}
