package headstart

import (
	"cmp"
	"math"
	"slices"

	"github.com/digitalinnovationone/headstart/head/metrics"
)

// What has to be exceeded before advice is given.
const (
	wideRecall     = 0.25 // width of the 95 % interval of a class's recall
	fewMistakes    = 3    // that two classes share
	timesExpected  = 2    // as many mistakes between two classes as between any two
	unevenClasses  = 5    // times as many images in the largest class as in the smallest
	worthwhileGain = 0.005
	outerFence     = 3 // interquartile ranges
)

// advise says what to do next, what is surely wrong before what would only help.
func (b *reporter) advise() {
	b.Advice = []Advice{} // an empty list in JSON, not null
	for _, give := range []func() *Advice{
		b.adviseContradictions, b.adviseLabels, b.adviseLeaks, b.adviseUnreadable, b.adviseUnknown,
		b.adviseConfused, b.adviseFewPhotos, b.adviseUneven, b.adviseMorePhotos,
	} {
		if a := give(); a != nil && len(b.Advice) < MaxAdvice {
			b.Advice = append(b.Advice, *a)
		}
	}
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

// adviseUnknown counts the images that are far from all others: beyond the outer fence
// of the unknown scores (Tukey: Exploratory data analysis, 1977). The threshold would
// not do, as a share of good images is above it by design.
func (b *reporter) adviseUnknown() *Advice {
	var scores []float64
	for i := range b.images {
		if score := b.images[i].unknown; !math.IsNaN(score) {
			scores = append(scores, score)
		}
	}
	if len(scores) < 4 {
		return nil
	}
	slices.Sort(scores)
	low, high := scores[len(scores)/4], scores[len(scores)*3/4]
	fence := high + outerFence*(high-low)
	at, _ := slices.BinarySearchFunc(scores, fence, func(score, fence float64) int {
		if score <= fence {
			return -1
		}
		return 1
	})
	a := counted(AdviceUnknown, len(scores)-at, len(scores))
	if a != nil {
		a.Fence = fence
	}
	return a
}

// adviseConfused finds the two classes that are confused most, if that is more than
// others are. Mistakes that are probably the label's are not counted. Of the two, more
// photos of the one that is recognised less often help most.
func (b *reporter) adviseConfused() *Advice {
	between := map[[2]int]int{}
	mistakes := 0
	for i := range b.images {
		if image := &b.images[i]; image.mistaken() && image.over == b.Measured.Over && !(image.wrong > 0.5) {
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
	if n < fewMistakes || classes > 2 && n*pairs < timesExpected*mistakes {
		return nil
	}
	weak, strong := most[0], most[1]
	if recall := func(class int) float64 { return b.Measured.Metrics.Classes[class].Recall }; recall(strong) < recall(weak) {
		weak, strong = strong, weak
	}
	return &Advice{Kind: AdviceConfused, Class: b.Classes[weak], Other: b.Classes[strong], Count: n, Of: mistakes}
}

// adviseFewPhotos finds the class of which the least is known.
func (b *reporter) adviseFewPhotos() *Advice {
	widest := slices.MaxFunc(b.Measured.Metrics.Classes, func(x, y metrics.ClassScores) int {
		return cmp.Compare(width(x), width(y))
	})
	if width(widest) <= wideRecall {
		return nil
	}
	return &Advice{Kind: AdviceFewPhotos, Class: widest.Class, Count: widest.Images, Interval: &widest.RecallInterval}
}

func width(c metrics.ClassScores) float64 {
	if c.Images == 0 {
		return 0
	}
	return c.RecallInterval.High - c.RecallInterval.Low
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
	if b.Learning == nil || b.Learning.Fit == nil || !b.Learning.Fit.CanTell {
		return nil
	}
	last := b.Learning.Points[len(b.Learning.Points)-1]
	if b.Learning.Fit.Twice-last.Accuracy < worthwhileGain {
		return nil
	}
	return &Advice{Kind: AdviceMorePhotos, Interval: &b.Learning.Fit.Interval}
}
