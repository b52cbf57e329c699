package headstart

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/head"
	"github.com/digitalinnovationone/headstart/internal/pathjson"
	"github.com/digitalinnovationone/headstart/internal/wording"
)

// NoSplitError says that data has no split of the kind that is wanted.
type NoSplitError struct {
	Wanted dataset.Split   // "" means test or val
	Splits []dataset.Split // that there are
}

func (e *NoSplitError) Error() string {
	switch {
	case e.Wanted == "":
		return "the data has neither a test nor a val split"
	case !slices.Contains([]dataset.Split{dataset.Train, dataset.Val, dataset.Test}, e.Wanted):
		if e.Splits[0] == dataset.Unsplit {
			return "must be train, val, test or all; the data has no splits of its own"
		}
		return fmt.Sprintf("must be train, val, test or all; the data has %q", e.Splits)
	case len(e.Splits) == 1 && e.Splits[0] == dataset.Unsplit:
		return fmt.Sprintf("the data has no splits, and the head remembers no %s image among it", e.Wanted)
	}
	return fmt.Sprintf("the data has no split %q, only %q", e.Wanted, e.Splits)
}

// samples returns the images to measure, and their split. Of data without splits
// it returns all: rememberedSplit chooses among them.
func (o EvaluateOptions) samples(data *dataset.Dataset) ([]dataset.Sample, dataset.Split, error) {
	splits := data.Splits()
	last := splits[len(splits)-1] // test after val after none
	switch {
	case o.Split == AllSplits:
		return data.Samples, o.Split, nil
	case last == dataset.Unsplit && slices.Contains([]dataset.Split{"", dataset.Train, dataset.Val, dataset.Test}, o.Split):
		return data.Samples, dataset.Unsplit, nil
	case o.Split == "" && last != dataset.Train:
		return data.In(last), last, nil
	case o.Split != "" && slices.Contains(splits, o.Split):
		return data.In(o.Split), o.Split, nil
	}
	return nil, "", &NoSplitError{o.Split, splits}
}

// LeftOut counts images that were not measured because of EvaluateOptions.
type LeftOut struct {
	Seen           int          `json:"seen,omitempty"`            // with Unseen
	SeenBy         []Seen       `json:"seen_by,omitempty"`         // of Seen, how many each head has seen
	UnknownClasses []ClassCount `json:"unknown_classes,omitempty"` // with IgnoreUnknownClasses
}

// dropUnknownClasses leaves out the images of classes that one of the heads does
// not know.
func (e *Evaluation) dropUnknownClasses(found *Embeddings, heads []*Classifier) (*Embeddings, error) {
	knownBy := map[string]int{} // heads
	for _, h := range heads {
		for _, class := range h.Classes() {
			knownBy[dataset.ClassName(class)]++
		}
	}
	unknown := map[string]int{}
	for _, s := range found.Samples {
		if knownBy[s.Label] < len(heads) {
			unknown[s.Label]++
		}
	}
	if len(unknown) == 0 {
		return found, nil
	}
	known := found.only(func(i int) bool { return unknown[found.Samples[i].Label] == 0 })
	if len(known.Samples) == 0 {
		return nil, fmt.Errorf("no image is of a class that the head knows, only of %s", wording.Quoted(slices.Sorted(maps.Keys(unknown))))
	}
	for _, class := range slices.Sorted(maps.Keys(unknown)) {
		e.LeftOut.UnknownClasses = append(e.LeftOut.UnknownClasses, ClassCount{Class: pathjson.String(class), Images: unknown[class]})
	}
	return known, nil
}

// rememberedSplit returns the images that were of a split when the head was
// trained: of the one that is asked for or, without Unseen, of test or val if
// there are such. Otherwise it returns all.
func (e *Evaluation) rememberedSplit(found *Embeddings, h *head.Head, o EvaluateOptions) (*Embeddings, error) {
	counts := map[dataset.Split]int{}
	for _, key := range found.Keys {
		counts[dataset.Split(head.SplitOf(h, key))]++
	}
	split := o.Split
	if split == "" && !o.Unseen {
		for _, held := range []dataset.Split{dataset.Val, dataset.Test} {
			if counts[held] > 0 {
				split = held
			}
		}
	}
	switch {
	case split == "":
		return found, nil
	case counts[split] == 0:
		return nil, &NoSplitError{split, []dataset.Split{dataset.Unsplit}}
	}
	e.Split, e.RememberedSplit = split, true
	if o.Split == "" && counts[split] < len(found.Keys) {
		e.said().note("measured on the %d of %d images that were held back for %s when the head was trained; --unseen measures all that it was not trained on, --split all every image",
			counts[split], len(found.Keys), split)
	}
	return found.only(func(i int) bool { return head.SplitOf(h, found.Keys[i]) == string(split) }), nil
}

// AllSeenError says that a head has seen each image, so that EvaluateOptions.Unseen
// leaves none.
type AllSeenError struct {
	Images int
	Seen   []Seen // by the head, and by EvaluateOptions.NotWorseThan
}

func (e *AllSeenError) Error() string {
	own := e.Seen[0]
	if !e.OtherHead() {
		return fmt.Sprintf("no image is left to measure: %s was trained on all %d, on near-duplicates or on others of their groups", cmp.Or(wording.Name(own.Head), "the head"), e.Images)
	}
	other := e.Seen[1]
	return fmt.Sprintf("no image is left that neither head has seen: of %d images %s has seen %d, and %s %d",
		e.Images, wording.Name(own.Head), own.images(), wording.Name(other.Head), other.images())
}

// OtherHead reports whether only EvaluateOptions.NotWorseThan has seen all that
// would be left.
func (e *AllSeenError) OtherHead() bool { return e.Seen[0].images() < e.Images }

// dropSeen leaves out the images that one of the heads has seen.
func (e *Evaluation) dropSeen(looks []*look) error {
	unseen := unseenBy(looks)
	e.LeftOut.Seen = len(looks[0].seen) - len(unseen)
	for _, l := range looks {
		e.LeftOut.SeenBy = append(e.LeftOut.SeenBy, l.summary())
	}
	if len(unseen) == 0 {
		return &AllSeenError{e.LeftOut.Seen, e.LeftOut.SeenBy}
	}
	for i, s := range e.LeftOut.SeenBy {
		if s.AtLeast {
			e.said().note("%s keeps only a sample of what it was trained on: copies of other training images may be among those measured", headName(i, s))
		}
	}
	for _, l := range looks {
		l.keep(unseen)
	}
	return nil
}
