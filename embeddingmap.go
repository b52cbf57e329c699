package headstart

import (
	"context"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/head"
	"github.com/digitalinnovationone/headstart/internal/pathjson"
)

// EmbeddingMaps put the images of a data set on planes.
type EmbeddingMaps struct {
	Classes []string   `json:"classes"`
	Images  []MapImage `json:"images"` // that are on the maps, in the order of the data and of each map's points
	Unused  int        `json:"unused"` // images that are not, as there are too many
	Maps    []head.Map `json:"maps"`
}

// MapImage is an image on a map.
type MapImage struct {
	Path  pathjson.String `json:"path"`
	Class int             `json:"class"` // of its label
}

// EmbeddingMaps puts labelled images, at most 2,000 of them, on planes on which those
// with like embeddings are near each other: see [head.MakeMaps]. Embeddings that the
// store lacks are made first.
func (e *Engine) EmbeddingMaps(ctx context.Context, data *dataset.Dataset, o DuplicateOptions, seed uint64) (*EmbeddingMaps, error) {
	if data == nil {
		return nil, dataset.ErrEmpty
	}
	found, err := e.Extract(ctx, data.Samples)
	if err != nil {
		return nil, err
	}
	found = found.only(func(i int) bool { return found.Samples[i].Label != "" })
	if len(found.Samples) == 0 {
		return nil, dataset.ErrUnlabelled
	}
	same, err := found.findAlike(ctx, o)
	if err != nil {
		return nil, err
	}
	maps, err := found.maps(ctx, found.numbered(same), seed)
	if err != nil {
		return nil, err
	}
	all := &EmbeddingMaps{Classes: dataset.Classes(found.Samples), Unused: maps.Unused, Maps: maps.Maps}
	for _, row := range maps.Rows {
		s := found.Samples[row]
		all.Images = append(all.Images, MapImage{pathjson.String(s.Path), dataset.FindClass(all.Classes, s.Label)})
	}
	return all, nil
}

// maps makes maps of labelled samples, whose units are given. Their rows are indices of
// samples.
func (e *Embeddings) maps(ctx context.Context, units []int, seed uint64) (maps *head.Maps, err error) {
	labels, err := labelsOf(e.Samples, dataset.Classes(e.Samples))
	if err != nil {
		return nil, err
	}
	rows, err := e.Matrix(ctx)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	err = rows.Guard(func() (err error) {
		maps, err = head.MakeMaps(ctx, rows, labels, head.MapOptions{Groups: units, Seed: seed, Workers: e.engine.workers()})
		return err
	})
	return maps, err
}
