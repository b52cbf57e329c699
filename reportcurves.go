package headstart

import (
	"context"
	"errors"
	"slices"

	"github.com/digitalinnovationone/headstart/head"
)

// addCurves measures what more photos bring and what transfer is worth, where there are
// photos enough to, and puts the photos on a map. chosen are the report's photos.
func (b *reporter) addCurves(ctx context.Context, chosen []int) error {
	seed := b.Head.Training.Seed
	if err := b.addMap(ctx, seed, chosen); err != nil {
		return err
	}
	s, err := newStudy(b.found, b.units)
	if err != nil {
		return nil // of one class, say, or a test split alone: there is nothing to draw from
	}
	c, err := s.learningCurve(ctx, seed)
	if errors.Is(err, head.ErrNoCurve) || errors.Is(err, head.ErrOneClass) {
		return nil
	}
	if err != nil {
		return err
	}
	b.Learning = newLearningCurve(c)
	b.Pixels, err = s.pixels(ctx, seed)
	return err
}

// addMap puts the images on the map of neighbours.
func (b *reporter) addMap(ctx context.Context, seed uint64, chosen []int) error {
	labels := make([]int, len(b.images))
	for i := range labels {
		labels[i] = b.images[i].label
	}
	maps, err := b.found.maps(ctx, labels, b.units, seed)
	if errors.Is(err, head.ErrNoMap) {
		return nil
	}
	if err != nil {
		return err
	}
	b.Map = &maps[len(maps)-1]
	for i := range b.Map.Points {
		p := &b.Map.Points[i]
		p.Wrong = b.images[p.Row].mistaken()
		if n, isPhoto := slices.BinarySearch(chosen, p.Row); isPhoto {
			p.Photo = n
		}
	}
	return nil
}
