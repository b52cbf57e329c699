package headstart

import (
	"cmp"
	"slices"
)

// rankings are the images of each list of a Report, by index in found, those that
// matter most first.
type rankings struct {
	mistakes, labelErrors, leastCertain, unknown ranking
	typical                                      [][]int // of each class
	cells                                        []rankedCell
	duplicates                                   []DuplicateGroup // with images of found in place of photos
}

// ranking is images in the order of a list, and how many there are of its kind.
type ranking struct {
	images []int
	count  int
}

type rankedCell struct {
	actual, predicted int
	images            []int
}

// typicalPhotos is how many typical photos there are of a class.
const typicalPhotos = 6

func (b *reporter) rank() *rankings {
	r := &rankings{duplicates: b.rankDuplicates()}
	r.mistakes = b.ranked(func(i *reportImage) (float64, bool) { return i.probability, i.mistaken() })
	r.labelErrors = b.rankLabelErrors()
	r.leastCertain = b.ranked(func(i *reportImage) (float64, bool) { return -i.probability, i.predicted() })
	if unknown := b.held.classifier.head.Meta.Unknown; unknown != nil {
		r.unknown = b.ranked(func(i *reportImage) (float64, bool) { return i.unknown, i.unknown > unknown.Threshold })
	}
	// An image of a group that makes the same mistake as another tells nothing new, and
	// nor does one more copy of a strange image.
	for _, list := range []*ranking{&r.mistakes, &r.leastCertain, &r.unknown} {
		list.images = b.distinct(list.images)
		list.count = len(list.images)
	}
	b.rankCells(r)
	return r
}

// rankLabelErrors returns the suspected label errors, which count, and then those that
// come next while they are on the first screen: where many labels are wrong, half of
// them are less than half sure.
func (b *reporter) rankLabelErrors() ranking {
	const worthALook = 0.05
	r := b.ranked(func(i *reportImage) (float64, bool) { return i.wrong, i.wrong > worthALook })
	for r.count = 0; r.count < len(r.images) && b.images[r.images[r.count]].suspected(); {
		r.count++
	}
	r.images = first(r.images, max(r.count, FirstScreen))
	return r
}

// ranked returns the images that belong to a list, the highest scores first, equals in
// the order of the data.
func (b *reporter) ranked(score func(*reportImage) (score float64, belongs bool)) ranking {
	var images []int
	scores := make([]float64, len(b.images))
	for i := range b.images {
		if s, belongs := score(&b.images[i]); belongs {
			images = append(images, i)
			scores[i] = s
		}
	}
	slices.SortStableFunc(images, func(x, y int) int { return cmp.Compare(scores[y], scores[x]) })
	return ranking{images, len(images)}
}

// distinct keeps, of images of one unit with one label and one prediction, the first.
func (b *reporter) distinct(images []int) []int {
	type kind struct{ unit, label, class int }
	seen := map[kind]bool{}
	return slices.DeleteFunc(images, func(i int) bool {
		k := kind{b.units[i], b.images[i].label, b.images[i].class}
		again := seen[k]
		seen[k] = true
		return again
	})
}

// rankCells ranks the images of each cell of the confusion matrix, and the right
// predictions of each class that are the most confident.
func (b *reporter) rankCells(r *rankings) {
	measured := b.ranked(func(i *reportImage) (float64, bool) { return i.probability, i.over == b.Measured.Over })
	at := map[[2]int]int{} // of cells
	for _, i := range measured.images {
		key := [2]int{b.images[i].label, b.images[i].class}
		if _, found := at[key]; !found {
			at[key] = len(r.cells)
			r.cells = append(r.cells, rankedCell{actual: key[0], predicted: key[1]})
		}
		cell := &r.cells[at[key]]
		cell.images = append(cell.images, i)
	}
	slices.SortFunc(r.cells, func(x, y rankedCell) int {
		return cmp.Or(cmp.Compare(x.actual, y.actual), cmp.Compare(x.predicted, y.predicted))
	})
	r.typical = make([][]int, len(b.Classes))
	right := b.ranked(func(i *reportImage) (float64, bool) { return i.probability, i.predicted() && !i.mistaken() })
	for _, i := range b.distinct(right.images) {
		if of := &r.typical[b.images[i].class]; len(*of) < typicalPhotos {
			*of = append(*of, i)
		}
	}
}

// rankDuplicates lists the groups of images that look the same: those that contradict
// each other, then those in several splits, then others, larger ones first.
func (b *reporter) rankDuplicates() []DuplicateGroup {
	groups := make([]DuplicateGroup, len(b.same.groups))
	for n, group := range b.same.groups {
		var one DataReport
		one.addDuplicates(b.found, group)
		d := one.Duplicates[0]
		groups[n] = DuplicateGroup{Same: d.Same, DifferentLabels: d.DifferentLabels, Leak: d.Leak, Images: len(group), Photos: group}
	}
	last := func(holds bool) int { // as cmp has no order of bools
		if holds {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(groups, func(x, y DuplicateGroup) int {
		return cmp.Or(
			cmp.Compare(last(x.DifferentLabels), last(y.DifferentLabels)),
			cmp.Compare(last(x.Leak), last(y.Leak)),
			cmp.Compare(y.Images, x.Images))
	})
	return groups
}
