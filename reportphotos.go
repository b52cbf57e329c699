package headstart

import (
	"context"
	"math"
	"slices"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor"
	"github.com/digitalinnovationone/headstart/extractor/store"
	"github.com/digitalinnovationone/headstart/internal/pathjson"
)

// How many photos of a list are shown at most.
const (
	mostListed     = 200 // of mistakes and of label errors
	mostLooked     = 48  // of least certain and of unknown ones
	mostDuplicates = 100 // groups
	mostCopies     = 6   // of a group of duplicates
)

// choose returns which images are photos, by index in found and in that order: of each
// list the first screen, and then of each in turn until there are MaxPhotos.
func (b *reporter) choose(r *rankings) []int {
	queues := [][]int{
		first(r.mistakes.images, mostListed), first(r.labelErrors.images, mostListed),
		first(r.unknown.images, mostLooked), first(r.leastCertain.images, mostLooked),
	}
	var copies []int
	for _, group := range first(r.duplicates, mostDuplicates) {
		copies = append(copies, first(group.Photos, mostCopies)...)
	}
	queues = append(queues, copies, interleaved(r.typical))
	p := picker{chosen: map[int]bool{}}
	for _, queue := range queues {
		p.take(first(queue, FirstScreen))
	}
	p.take(interleaved(queues))
	var cells [][]int
	for _, c := range r.cells {
		cells = append(cells, c.images)
	}
	p.take(interleaved(cells))
	for i := range b.images { // of other scores, or without a prediction
		p.take([]int{i})
	}
	slices.Sort(p.images)
	return p.images
}

// first returns the first n items, or all.
func first[T any](items []T, n int) []T { return items[:min(len(items), n)] }

// picker picks up to MaxPhotos different images.
type picker struct {
	chosen map[int]bool
	images []int
}

func (p *picker) take(images []int) {
	for _, i := range images {
		if len(p.images) == MaxPhotos {
			return
		}
		if !p.chosen[i] {
			p.chosen[i] = true
			p.images = append(p.images, i)
		}
	}
}

// interleaved returns the first of each queue, then the second of each, and so on, as
// many as can be picked.
func interleaved(queues [][]int) []int {
	var all []int
	for round, more := 0, true; more && len(all) < 4*MaxPhotos; round++ {
		more = false
		for _, queue := range queues {
			if round < len(queue) {
				all = append(all, queue[round])
				more = true
			}
		}
	}
	return all
}

// photograph makes the photos of the chosen images.
func (b *reporter) photograph(ctx context.Context, chosen []int) error {
	samples := make([]dataset.Sample, len(chosen))
	keys := make([]store.Key, len(chosen))
	for n, i := range chosen {
		samples[n], keys[n] = b.found.Samples[i], b.found.Keys[i]
	}
	pictures, err := b.found.x.Pictures(ctx, samples, keys, extractor.PictureOptions{Edge: ThumbnailEdge, MaxBytes: MaxThumbnail})
	if err != nil {
		return err
	}
	b.Photos = make([]Photo, len(chosen))
	for n, i := range chosen {
		s, image, picture := &samples[n], &b.images[i], &pictures[n]
		b.Photos[n] = Photo{
			Path: pathjson.String(s.Path), Group: pathjson.String(image.group), Split: s.Split, Label: pathjson.String(s.Label),
			Actual: image.label, Predicted: image.class, CrossValidated: image.crossValidated,
			Probability: numberOrNil(image.probability), LabelProbability: numberOrNil(image.ofLabel),
			LabelError: numberOrNil(image.wrong), UnknownScore: numberOrNil(image.unknown),
			Thumbnail: picture.JPEG, Width: picture.Width, Height: picture.Height,
		}
		if picture.Err != nil {
			b.Photos[n].Why = picture.Err.Error()
		}
	}
	return nil
}

// fillIn fills in what refers to photos.
func (b *reporter) fillIn(r *rankings, chosen []int) {
	photo := make(map[int]int, len(chosen))
	for n, i := range chosen {
		photo[i] = n
	}
	photos := func(images []int, most int) []int {
		of := []int{} // an empty list in JSON, not null
		for _, i := range images {
			if n, isPhoto := photo[i]; isPhoto && len(of) < most {
				of = append(of, n)
			}
		}
		return of
	}
	list := func(r ranking, most int) List { return List{r.count, photos(r.images, most)} }
	b.Lists = Lists{
		Mistakes: list(r.mistakes, mostListed), LabelErrors: list(r.labelErrors, mostListed),
		LeastCertain: list(r.leastCertain, mostLooked), MostUnknown: list(r.unknown, mostLooked),
		Typical:    make([][]int, len(r.typical)),
		Duplicates: Duplicated{Groups: len(r.duplicates), Shown: []DuplicateGroup{}},
	}
	for class, images := range r.typical {
		b.Lists.Typical[class] = photos(images, typicalPhotos)
	}
	of := &b.Lists.Duplicates
	for n, group := range r.duplicates {
		of.Images += group.Images
		if group.DifferentLabels {
			of.Contradictions++
		}
		if group.Leak {
			of.Leaks++
		}
		if n < mostDuplicates {
			group.Photos = photos(group.Photos, mostCopies)
			of.Shown = append(of.Shown, group)
		}
	}
	b.Measured.Cells = []Cell{}
	for _, c := range r.cells {
		b.Measured.Cells = append(b.Measured.Cells, Cell{c.actual, c.predicted, len(c.images), photos(c.images, MaxPhotos)})
	}
}

// unknownBins is how many bins a histogram of unknown scores has.
const unknownBins = 30

// countUnknown compares unknown scores with the threshold.
func (b *reporter) countUnknown() {
	meta := b.held.classifier.head.Meta.Unknown
	if meta == nil {
		return
	}
	h := &UnknownHistogram{Threshold: meta.Threshold, KnownRecall: meta.KnownRecall, Low: meta.Threshold, High: meta.Threshold, Known: make([]int, unknownBins)}
	for _, image := range b.images {
		if !math.IsNaN(image.unknown) {
			h.Images++
			h.Low, h.High = min(h.Low, image.unknown), max(h.High, image.unknown)
		}
	}
	for _, image := range b.images {
		if math.IsNaN(image.unknown) {
			continue
		}
		if image.unknown > h.Threshold {
			h.Above++
		}
		bin := 0
		if h.High > h.Low {
			bin = binOf((image.unknown-h.Low)/(h.High-h.Low), unknownBins)
		}
		h.Known[bin]++
	}
	b.Unknown = h
}
