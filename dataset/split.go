package dataset

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
)

// Fractions says how StratifiedSplit divides. The rest, more than nothing, is for training.
type Fractions struct {
	Test, Val float64 // shares of the images of each class, 0 or more
	Seed      uint64  // another seed, another choice
}

// ErrHasSplits is wrapped where data that is to be divided is so already.
var ErrHasSplits = errors.New("the data has splits of its own")

// StratifiedSplit sets the Split of samples that have none, by their content alone: keys
// are the SHA-256 of their bytes. Where files lie, what they are called and in
// which order they come does not matter.
//
// The images of a class are ranked by a keyed hash. The first in the ranking
// are for the test, the last for validation, each as many as the share rounds
// to; a class always keeps an image to train on. So one added image moves at
// most one old image of its class into or out of the test, and at most one into
// or out of validation, and none from one of them to the other.
//
// Images of equal content and those of one Group stay together, in whichever
// classes they are. Where that costs a class more than one image of its share,
// notes say so.
func StratifiedSplit[Key ~[32]byte](samples []Sample, keys []Key, fractions Fractions) (notes []string, err error) {
	if !(fractions.Test >= 0 && fractions.Val >= 0 && fractions.Test+fractions.Val < 1) {
		return nil, fmt.Errorf("test %g and val %g leave no share to train on", fractions.Test, fractions.Val)
	}
	if splits := splitsOf(samples); !slices.Equal(splits, []Split{Unsplit}) && len(samples) > 0 {
		return nil, fmt.Errorf("%w: %q", ErrHasSplits, splits)
	}
	byClass := map[string][]unit{}
	for _, u := range units(samples, keys) {
		u.rank = rank(u, samples, keys, fractions.Seed)
		class := homeClass(u, samples)
		byClass[class] = append(byClass[class], u)
	}
	for _, ranked := range byClass {
		slices.SortFunc(ranked, func(a, b unit) int { return bytes.Compare(a.rank[:], b.rank[:]) })
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

// missedShares says where a class has not within one image what it should.
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
	classes := Classes(samples)
	var missed []string
	for _, class := range classes {
		for _, p := range []struct {
			split Split
			share float64
		}{{Test, fractions.Test}, {Val, fractions.Val}} {
			got, want := counts[part{class, p.split}], p.share*float64(totals[class])
			if math.Abs(float64(got)-want) > 1 {
				missed = append(missed, fmt.Sprintf("%s has %d of %d images in %s", class, got, totals[class], p.split))
			}
		}
	}
	if len(missed) == 0 {
		return nil
	}
	const told = 3
	text := "copies and groups stay together, so shares are missed by more than an image"
	for _, m := range missed[:min(told, len(missed))] {
		text += "; " + m
	}
	if more := len(missed) - told; more > 0 {
		text += fmt.Sprintf("; and so on, %d more", more)
	}
	return []string{text}
}
