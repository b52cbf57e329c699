package headstart

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor/store"
	"github.com/digitalinnovationone/headstart/head"
	"github.com/digitalinnovationone/headstart/internal/neardup"
)

// sight is how a head knows an image.
type sight byte

const (
	notSeen       sight = iota
	trainedOn           // or on a duplicate that was found when it was trained
	nearDuplicate       // of an image that it was trained on, as far as it can tell
	ofGroup             // of which it has seen others
)

// look is what a head knows of images before it is asked for their classes.
type look struct {
	c      *Classifier
	found  *Embeddings
	seen   []sight   // of each image
	scores []float64 // unknown scores; nil if the head has none
}

// lookAt returns what each of the heads knows of images.
func lookAt(ctx context.Context, found *Embeddings, together *kin, heads []*Classifier) ([]*look, error) {
	looks := make([]*look, len(heads))
	for i, c := range heads {
		own, err := c.sameImages(ctx, found)
		if err != nil {
			return nil, heads[0].about(c, err)
		}
		looks[i] = &look{c: c, found: own, seen: make([]sight, len(own.Keys))}
		if err := looks[i].all(ctx); err != nil {
			return nil, heads[0].about(c, err)
		}
		looks[i].groups(together)
	}
	return looks, nil
}

// sameImages returns embeddings of the same images that c understands.
func (c *Classifier) sameImages(ctx context.Context, found *Embeddings) (*Embeddings, error) {
	x, err := c.extractor()
	if err != nil || x == found.x {
		return found, err
	}
	own, err := c.engine.extract(ctx, x, found.Samples)
	if err != nil {
		return nil, err
	}
	if len(own.Samples) < len(found.Samples) {
		return nil, fmt.Errorf("its backbone reads only %d of the %d images", len(own.Samples), len(found.Samples))
	}
	return own, nil
}

// all looks at all images, once for near-duplicates and unknown scores.
func (l *look) all(ctx context.Context) error {
	h := l.c.head
	held := make([]bool, len(l.found.Keys)) // compared with what the head was trained on when it was
	for i, key := range l.found.Keys {
		switch head.SplitOf(h, key) {
		case "train":
			l.seen[i] = trainedOn
		case "val", "test":
			held[i] = true
		}
	}
	if err := l.pictures(ctx, held); err != nil {
		return err
	}
	if h.Meta.Unknown == nil {
		return nil
	}
	scores, distances, err := l.c.nearness(ctx, l.found)
	if err != nil {
		return err
	}
	l.scores = scores
	for i, distance := range distances {
		if l.seen[i] == notSeen && !held[i] && distance <= h.Meta.NearBound && h.Meta.NearBound > 0 {
			l.seen[i] = nearDuplicate
		}
	}
	return nil
}

// pictures finds those that show what the head was trained on, of the images that it
// does not know yet and did not hold back.
func (l *look) pictures(ctx context.Context, held []bool) error {
	h := l.c.head
	if h.Meta.PictureBound <= 0 {
		return nil
	}
	var unknown []int
	for i, sight := range l.seen {
		if sight == notSeen && !held[i] {
			unknown = append(unknown, i)
		}
	}
	prints, err := l.found.prints(ctx, unknown)
	if err != nil {
		return err
	}
	workers := l.c.engine.workers()
	sketches, err := neardup.Sketches(ctx, prints, workers)
	if err != nil {
		return err
	}
	known, err := neardup.Known(ctx, sketches, h.Pictures(), h.Meta.PictureBound, workers)
	for n, i := range unknown {
		if err == nil && known[n] {
			l.seen[i] = nearDuplicate
		}
	}
	return err
}

// groups finds the images of whose units the head has seen others.
func (l *look) groups(together *kin) {
	seen := map[int]bool{} // units
	for key, unit := range together.units {
		if head.SplitOf(l.c.head, key) == string(dataset.Train) {
			seen[unit] = true
		}
	}
	for i, key := range l.found.Keys {
		if l.seen[i] != notSeen {
			seen[together.units[key]] = true
		}
	}
	for i, key := range l.found.Keys {
		unit := together.units[key]
		taught := together.train[unit] && l.found.Samples[i].Split != dataset.Train
		if l.seen[i] == notSeen && (seen[unit] || taught) {
			l.seen[i] = ofGroup
		}
	}
}

// kin says which images belong together, those that are not measured included.
type kin struct {
	units map[store.Key]int // of each image that was read, its unit: that of its group and copies
	train map[int]bool      // units that have images in the data's train split that are not measured
}

// kinOf returns which images of data belong together. Of found the content is
// known, of others only their group.
func kinOf(data *dataset.Dataset, found *Embeddings, measured dataset.Split) *kin {
	samples, keys := slices.Clone(found.Samples), slices.Clone(found.Keys)
	for i, s := range data.Samples {
		if measured != AllSplits && s.Split != measured && s.Group != "" {
			var nobodys store.Key // no two are alike
			binary.BigEndian.PutUint64(nobodys[:], uint64(i))
			samples, keys = append(samples, s), append(keys, nobodys)
		}
	}
	k := &kin{map[store.Key]int{}, map[int]bool{}}
	for n, unit := range dataset.Units(samples, keys, nil) {
		for _, i := range unit {
			if i < len(found.Samples) {
				k.units[keys[i]] = n
			} else if samples[i].Split == dataset.Train {
				k.train[n] = true
			}
		}
	}
	return k
}

// nearness returns for each image the unknown score, and the distance to the
// nearest training image that the head keeps.
func (c *Classifier) nearness(ctx context.Context, found *Embeddings) (scores, distances []float64, err error) {
	rows, err := found.Matrix(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	err = rows.Guard(func() (err error) {
		scores, distances, err = c.head.Nearness(ctx, rows, c.engine.workers())
		return err
	})
	return scores, distances, err
}

// unseenBy returns the images, by index, that none of the heads has seen.
func unseenBy(looks []*look) []int {
	var unseen []int
	for i := range looks[0].seen {
		if !slices.ContainsFunc(looks, func(l *look) bool { return l.seen[i] != notSeen }) {
			unseen = append(unseen, i)
		}
	}
	return unseen
}

// keep keeps the images of the given indices, in ascending order, and leaves out
// all others.
func (l *look) keep(wanted []int) {
	l.found = l.found.only(func(i int) bool { _, found := slices.BinarySearch(wanted, i); return found })
	for to, from := range wanted {
		l.seen[to] = l.seen[from]
		if l.scores != nil {
			l.scores[to] = l.scores[from]
		}
	}
	l.seen = l.seen[:len(wanted)]
	if l.scores != nil {
		l.scores = l.scores[:len(wanted)]
	}
}
