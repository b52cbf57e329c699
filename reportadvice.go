package headstart

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats/scalar"

	"github.com/digitalinnovationone/headstart/head"
	"github.com/digitalinnovationone/headstart/head/metrics"
)

// What has to be exceeded before advice is given.
const (
	wideRecall    = 0.25   // width of the 95 % interval of a class's recall
	fewImages     = 3      // are no pattern, if they are fewer
	timesExpected = 2      // as many mistakes between two classes as between any two
	timesUnknown  = 3      // as many strange images as by chance
	unevenClasses = 5      // times as many images in the largest class as in the smallest
	unknownFence  = 1.5    // interquartile ranges above the third quartile
	beyondFence   = 0.0035 // share of a normal distribution
)

// advise says what to do next, what is surely wrong before what would only help.
func (b *reporter) advise() {
	b.Advice = []Advice{} // an empty list in JSON, not null
	b.recalls = b.findRecalls()
	for _, give := range []func() *Advice{
		b.adviseContradictions, b.adviseLabels, b.adviseLeaks, b.adviseUnreadable, b.adviseUnknown,
		b.adviseConfused, b.adviseFewPhotos, b.adviseDuplicates, b.adviseUneven, b.adviseMorePhotos,
	} {
		if a := give(); a != nil && len(b.Advice) < MaxAdvice {
			b.Advice = append(b.Advice, *a)
		}
	}
}

// findRecalls returns the share of each class that is recognised, of all images with a
// prediction.
func (b *reporter) findRecalls() []metrics.Share {
	var right []bool
	var labels, units []int
	for i := range b.images {
		if image := &b.images[i]; image.predicted() {
			right, labels, units = append(right, !image.mistaken()), append(labels, image.label), append(units, b.units[i])
		}
	}
	return metrics.SharesOf(right, labels, units, len(b.Classes))
}

// counted is advice about a number of things, if there are any.
func counted(kind string, count, of int) *Advice {
	if count == 0 {
		return nil
	}
	return &Advice{Kind: kind, Count: count, Of: of}
}

func (b *reporter) adviseContradictions() *Advice {
	return counted(AdviceContradictions, b.Lists.Duplicates.Contradictions, b.Lists.Duplicates.Groups)
}

func (b *reporter) adviseLeaks() *Advice {
	return counted(AdviceLeaks, b.Lists.Duplicates.Leaks, b.Lists.Duplicates.Groups)
}

func (b *reporter) adviseLabels() *Advice {
	return counted(AdviceLabels, b.Lists.LabelErrors.Images, len(b.images)-b.Data.Unpredicted)
}

func (b *reporter) adviseUnreadable() *Advice {
	return counted(AdviceUnreadable, b.Data.UnreadableImages, b.Data.Images)
}

// adviseUnknown counts the images that are far from all others: beyond the fence of the
// unknown scores (Tukey: Exploratory data analysis, 1977), if they are several times as
// many as in a normal distribution. The head's threshold would not do, as a share of
// good images is above it by design.
func (b *reporter) adviseUnknown() *Advice {
	var scores []float64
	for i := range b.images {
		if score := b.images[i].unknown; !math.IsNaN(score) {
			scores = append(scores, score)
		}
	}
	if len(scores) == 0 {
		return nil
	}
	slices.Sort(scores)
	low, high := scores[len(scores)/4], scores[len(scores)*3/4]
	a := Advice{Kind: AdviceUnknown, Of: len(scores), Fence: high + unknownFence*(high-low), Expected: scalar.Round(beyondFence*float64(len(scores)), 1)}
	for i := len(scores) - 1; i >= 0 && scores[i] > a.Fence; i-- {
		a.Count++
	}
	if a.Count < fewImages || float64(a.Count) < timesUnknown*a.Expected {
		return nil
	}
	return &a
}

// adviseDuplicates counts copies that are no use.
func (b *reporter) adviseDuplicates() *Advice {
	return counted(AdviceDuplicates, b.Lists.Duplicates.Images-b.Lists.Duplicates.Groups, len(b.images))
}

// adviseConfused finds the two classes that are confused most, if that is more than
// others are. Mistakes that are probably the label's are not counted. Of the two, more
// photos of the one that is recognised less often help most.
func (b *reporter) adviseConfused() *Advice {
	between := map[[2]int]int{}
	mistakes := 0
	for i := range b.images {
		if image := &b.images[i]; image.mistaken() && !image.suspected() {
			between[[2]int{min(image.label, image.class), max(image.label, image.class)}]++
			mistakes++
		}
	}
	var most [2]int
	for pair, n := range between {
		if n > between[most] || n == between[most] && slices.Compare(pair[:], most[:]) < 0 {
			most = pair
		}
	}
	classes := len(b.Classes)
	n, pairs := between[most], classes*(classes-1)/2
	if n < fewImages || classes > 2 && n*pairs < timesExpected*mistakes {
		return nil
	}
	weak, strong := most[0], most[1]
	if b.recalls[strong].Share < b.recalls[weak].Share {
		weak, strong = strong, weak
	}
	if classes == 2 && 1-b.recalls[weak].Share < timesExpected*(1-b.recalls[strong].Share) {
		return nil // both are mistaken for each other
	}
	return &Advice{Kind: AdviceConfused, Class: b.Classes[weak], Other: b.Classes[strong], Count: n, Of: mistakes}
}

// adviseFewPhotos finds the class of which the least is known.
func (b *reporter) adviseFewPhotos() *Advice {
	widest := 0
	for class, recall := range b.recalls {
		if width(recall) > width(b.recalls[widest]) {
			widest = class
		}
	}
	recall := b.recalls[widest]
	if width(recall) <= wideRecall {
		return nil
	}
	return &Advice{Kind: AdviceFewPhotos, Class: b.Classes[widest], Count: recall.Images, Interval: &recall.Interval}
}

func width(recall metrics.Share) float64 {
	if recall.Images == 0 {
		return 0
	}
	return recall.Interval.High - recall.Interval.Low
}

func (b *reporter) adviseUneven() *Advice {
	images := b.Head.Training.Images
	if len(images) == 0 {
		return nil
	}
	largest, smallest := slices.Index(images, slices.Max(images)), slices.Index(images, slices.Min(images))
	if images[largest] < unevenClasses*images[smallest] {
		return nil
	}
	return &Advice{Kind: AdviceUneven, Class: b.Classes[largest], Count: images[largest], Other: b.Classes[smallest], Of: images[smallest]}
}

func (b *reporter) adviseMorePhotos() *Advice {
	if b.Learning == nil || b.Learning.Fit == nil || b.Learning.Fit.Verdict != head.Improves {
		return nil
	}
	return &Advice{Kind: AdviceMorePhotos, Interval: &b.Learning.Fit.GainInterval}
}
