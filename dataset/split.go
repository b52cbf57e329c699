package dataset

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Fractions are the parts of a split. The rest, which must not be empty, is for
// training.
type Fractions struct {
	Test, Val float64 // of the images of each class, from 0 to less than 1
	Seed      uint64  // changes which images are chosen
}

// ErrHasSplits is wrapped where the data to split already has splits.
var ErrHasSplits = errors.New("the data has splits of its own")

// StratifiedSplit sets the Split of samples that have none, from their content
// alone: keys are the SHA-256 of their bytes. File names, folders and order do
// not matter.
//
// The images of a class are ranked by a keyed hash. The first are for the test,
// the last for validation, as many as the fractions round to; a class always
// keeps an image to train on. So an added image moves at most one old image of
// its class into or out of the test, and at most one into or out of validation,
// and none from one of them to the other.
//
// Images of equal content, those of one Group and those that alike lists by index
// stay together, whatever their classes: such a unit is ranked by the first of its
// groups' names, or the lowest of its keys if it has none, and counts for the class
// of most of its images. What is said of one image then holds for one unit, as long
// as the added image does not join units, or change the rank or class of its own.
// The notes name classes that miss a fraction by more than one image because of
// units.
func StratifiedSplit[Key ~[32]byte](samples []Sample, keys []Key, alike [][]int, fractions Fractions) (notes []string, err error) {
	if !(fractions.Test >= 0 && fractions.Val >= 0 && fractions.Test+fractions.Val < 1) {
		return nil, fmt.Errorf("test %g and val %g leave no share to train on", fractions.Test, fractions.Val)
	}
	if splits := splitsOf(samples); !slices.Equal(splits, []Split{Unsplit}) && len(samples) > 0 {
		return nil, fmt.Errorf("%w: %q", ErrHasSplits, splits)
	}
	for _, ranked := range rankedUnits(samples, keys, alike, fractions.Seed) {
		total := 0
		for _, u := range ranked {
			total += len(u.samples)
		}
		test := take(ranked, share(fractions.Test, total))
		slices.Reverse(ranked)
		val := take(ranked, share(fractions.Val, total))
		if val+test >= len(ranked) { // a class of a few images, or of one large group
			val = max(0, min(val, len(ranked)-1-test))
			test = min(test, len(ranked)-1-val)
		}
		for i, u := range ranked {
			split := Train
			switch {
			case i < val:
				split = Val
			case i >= len(ranked)-test:
				split = Test
			}
			for _, at := range u.samples {
				samples[at].Split = split
			}
		}
	}
	return missedShares(samples, fractions), nil
}

// share rounds to whole images.
func share(part float64, total int) int { return int(math.Round(part * float64(total))) }

// take returns how many units from the first come nearest to n samples.
func take(ranked []unit, n int) int {
	got := 0
	for i, u := range ranked {
		if 2*got+len(u.samples) > 2*n {
			return i
		}
		got += len(u.samples)
	}
	return len(ranked)
}

// missedShares returns a note on the classes that miss a fraction by more than
// one image.
func missedShares(samples []Sample, fractions Fractions) []string {
	type part struct {
		class string
		split Split
	}
	counts, totals := map[part]int{}, map[string]int{}
	for _, s := range samples {
		counts[part{s.Label, s.Split}]++
		totals[s.Label]++
	}
	var missed []string
	for _, class := range Classes(samples) {
		for _, split := range []Split{Test, Val} {
			share := map[Split]float64{Test: fractions.Test, Val: fractions.Val}[split]
			got, total := counts[part{class, split}], totals[class]
			if math.Abs(float64(got)-share*float64(total)) > 1 {
				missed = append(missed, fmt.Sprintf("%s has %d of %d images in %s", class, got, total, split))
			}
		}
	}
	const listed = 3
	switch more := len(missed) - listed; {
	case len(missed) == 0:
		return nil
	case more > 0:
		missed = append(missed[:listed], fmt.Sprintf("and %d more", more))
	}
	return []string{"duplicates and groups stay together, so some classes miss their share: " + strings.Join(missed, "; ")}
}
