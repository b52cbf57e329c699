package dataset

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	oldrand "math/rand"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/quick"
)

type digest = [sha256.Size]byte

// images makes n different images of a class.
func images(class string, n int) (samples []Sample, keys []digest) {
	for i := range n {
		name := fmt.Sprintf("%s/%d", class, i)
		samples = append(samples, Sample{Path: name, Label: class})
		keys = append(keys, sha256.Sum256([]byte(name)))
	}
	return samples, keys
}

// divide divides copies of samples, some of which are alike, and returns each
// key's split.
func divide(t *testing.T, samples []Sample, keys []digest, fractions Fractions, alike ...[]int) map[digest]Split {
	t.Helper()
	samples = slices.Clone(samples)
	if _, err := StratifiedSplit(samples, keys, alike, fractions); err != nil {
		t.Fatal(err)
	}
	splits := map[digest]Split{}
	for i, s := range samples {
		if before, seen := splits[keys[i]]; seen && before != s.Split {
			t.Fatalf("%s is in %s, its copy in %s", s.Path, s.Split, before)
		}
		splits[keys[i]] = s.Split
	}
	return splits
}

// someAlike joins some of n samples, each to at most one set.
func someAlike(r *rand.Rand, n int) (alike [][]int) {
	left := r.Perm(n)
	for len(left) > n/3 {
		size := min(2+r.IntN(4), len(left))
		alike, left = append(alike, left[:size]), left[size:]
	}
	return alike
}

// somePlan is any division that can be asked for.
func somePlan(test, val uint8, seed uint64) Fractions {
	return Fractions{Test: float64(test) / 600, Val: float64(val) / 600, Seed: seed}
}

// always makes n cases, the same in every run.
func always(n int) *quick.Config {
	return &quick.Config{MaxCount: n, Rand: oldrand.New(oldrand.NewSource(1))}
}

func TestEachClassIsDividedToWithinAnImage(t *testing.T) {
	check := func(n uint8, test, val uint8, seed uint64) bool {
		fractions := somePlan(test, val, seed)
		for _, count := range []int{int(n)%7 + 1, int(n) + 1} {
			samples, keys := images("a", count)
			notes, err := StratifiedSplit(samples, keys, nil, fractions)
			if err != nil || notes != nil {
				return false
			}
			counts := map[Split]int{}
			for _, s := range samples {
				counts[s.Split]++
			}
			for split, share := range map[Split]float64{Test: fractions.Test, Val: fractions.Val, Train: 1 - fractions.Test - fractions.Val} {
				if math.Abs(float64(counts[split])-share*float64(count)) > 1+1e-9 {
					t.Logf("%d images, %+v: %v", count, fractions, counts)
					return false
				}
			}
			if counts[Train] == 0 {
				return false
			}
		}
		return true
	}
	if err := quick.Check(check, always(200)); err != nil {
		t.Error(err)
	}
}

func TestNamesAndOrderDoNotMatter(t *testing.T) {
	check := func(seed uint64, test, val uint8) bool {
		a, aKeys := images("a", 40)
		b, bKeys := images("b", 9)
		samples, keys := slices.Concat(a, b), slices.Concat(aKeys, bKeys)
		r := rand.New(rand.NewPCG(seed, 0))
		alike := someAlike(r, len(samples))
		want := divide(t, samples, keys, somePlan(test, val, seed), alike...)
		for i := range samples {
			samples[i].Path = fmt.Sprint("moved/", i)
		}
		at := r.Perm(len(samples)) // where each sample goes
		shuffled, shuffledKeys := slices.Clone(samples), slices.Clone(keys)
		for i := range samples {
			shuffled[at[i]], shuffledKeys[at[i]] = samples[i], keys[i]
		}
		for _, same := range alike {
			for i := range same {
				same[i] = at[same[i]]
			}
		}
		got := divide(t, shuffled, shuffledKeys, somePlan(test, val, seed), alike...)
		for key, split := range want {
			if got[key] != split {
				return false
			}
		}
		return true
	}
	if err := quick.Check(check, always(200)); err != nil {
		t.Error(err)
	}
}

// TestAnAddedImageHardlyMovesOthers holds each border to one old image; where
// there is one border, that is all.
func TestAnAddedImageHardlyMovesOthers(t *testing.T) {
	check := func(n, test, val uint8, seed uint64) bool {
		fractions := somePlan(test, val, seed)
		samples, keys := images("a", int(n)+2)
		before := divide(t, samples[1:], keys[1:], fractions)
		after := divide(t, samples, keys, fractions)
		moves := map[Split]int{}
		for key, was := range before {
			is := after[key]
			if is == was {
				continue
			}
			moves[was]++
			moves[is]++
			if was != Train && is != Train {
				t.Logf("%d images, %+v: one moves from %s to %s", n, fractions, was, is)
				return false
			}
		}
		return moves[Test] <= 1 && moves[Val] <= 1
	}
	if err := quick.Check(check, always(2000)); err != nil {
		t.Error(err)
	}
	alone := func(n, test uint8, seed uint64) bool { return check(n, test, 0, seed) && check(n, 0, test, seed) }
	if err := quick.Check(alone, always(200)); err != nil {
		t.Error(err)
	}
}

// TestAnAddedImageHardlyMovesUnits is the same for images that are alike: each
// border is crossed by one old unit, whatever its size.
func TestAnAddedImageHardlyMovesUnits(t *testing.T) {
	check := func(n, test, val uint8, seed uint64) bool {
		fractions := somePlan(test, val, seed)
		samples, keys := images("a", int(n)+6)
		alike := someAlike(rand.New(rand.NewPCG(seed, 2)), len(samples)-1)
		unit := map[digest]int{}
		for i, at := range Units(samples[:len(samples)-1], keys[:len(samples)-1], alike) {
			for _, sample := range at {
				unit[keys[sample]] = i
			}
		}
		before := divide(t, samples[:len(samples)-1], keys[:len(samples)-1], fractions, alike...)
		after := divide(t, samples, keys, fractions, alike...)
		moves := map[Split]map[int]bool{Train: {}, Test: {}, Val: {}}
		for key, was := range before {
			if is := after[key]; is != was {
				moves[was][unit[key]], moves[is][unit[key]] = true, true
			}
		}
		if len(moves[Test]) > 1 || len(moves[Val]) > 1 {
			t.Logf("%d images, %+v: %v", n, fractions, moves)
			return false
		}
		return true
	}
	if err := quick.Check(check, always(500)); err != nil {
		t.Error(err)
	}
}

func TestAnotherClassChangesNothing(t *testing.T) {
	a, aKeys := images("a", 50)
	b, bKeys := images("b", 30)
	fractions := Fractions{Test: 0.2, Val: 0.1}
	alone, both := divide(t, a, aKeys, fractions), divide(t, slices.Concat(b, a), slices.Concat(bKeys, aKeys), fractions)
	for key, split := range alone {
		if both[key] != split {
			t.Fatal("an image of a moves when b comes")
		}
	}
}

func TestDuplicatesAndGroupsStayTogether(t *testing.T) {
	check := func(seed uint64, test, val uint8) bool {
		r := rand.New(rand.NewPCG(seed, 1))
		a, aKeys := images("a", 60)
		b, bKeys := images("b", 60)
		samples, keys := slices.Concat(a, b), slices.Concat(aKeys, bKeys)
		for i := range samples {
			if r.IntN(3) == 0 {
				samples[i].Group = fmt.Sprint("camera ", r.IntN(8))
			}
			if r.IntN(4) == 0 {
				keys[i] = keys[r.IntN(len(keys))] // a copy, perhaps in the other class
			}
		}
		alike := someAlike(r, len(samples))[:r.IntN(10)]
		divide(t, samples, keys, somePlan(test, val, seed), alike...) // holds copies together
		divided := slices.Clone(samples)
		if _, err := StratifiedSplit(divided, keys, alike, somePlan(test, val, seed)); err != nil {
			return false
		}
		for _, same := range alike {
			for _, i := range same {
				if divided[i].Split != divided[same[0]].Split {
					return false
				}
			}
		}
		groups := map[string]Split{}
		for _, s := range divided {
			if before, seen := groups[s.Group]; seen && s.Group != "" && before != s.Split {
				return false
			}
			groups[s.Group] = s.Split
		}
		return true
	}
	if err := quick.Check(check, always(200)); err != nil {
		t.Error(err)
	}
}

func TestWhatGroupsCostIsSaid(t *testing.T) {
	samples, keys := images("a", 40)
	for i := range samples {
		samples[i].Group = fmt.Sprint(i / 20)
	}
	notes, err := StratifiedSplit(samples, keys, nil, Fractions{Test: 0.2})
	if err != nil || len(notes) != 1 || !strings.Contains(notes[0], "duplicates and groups stay together") || !strings.Contains(notes[0], "a has 0 of 40 images in test") {
		t.Errorf("notes %q, %v", notes, err)
	}
	for i := range samples {
		samples[i].Group, samples[i].Split = "", Unsplit
		samples[i].Label = fmt.Sprint("class ", i/8)
	}
	var alike [][]int // each class is one picture
	for class := range 5 {
		alike = append(alike, []int{})
		for i := range 8 {
			alike[class] = append(alike[class], 8*class+i)
		}
	}
	notes, err = StratifiedSplit(samples, keys, alike, Fractions{Test: 0.2, Val: 0.2})
	if err != nil || len(notes) != 1 || strings.Contains(notes[0], "\n") || !strings.Contains(notes[0], "class 0 has 0 of 8 images in test; class 0 has 0 of 8 images in val") || !strings.Contains(notes[0], "and 7 more") {
		t.Errorf("notes %q, %v", notes, err)
	}
}

func TestSeedsChooseDifferently(t *testing.T) {
	samples, keys := images("a", 100)
	one, other := divide(t, samples, keys, Fractions{Test: 0.5}), divide(t, samples, keys, Fractions{Test: 0.5, Seed: 1})
	same := 0
	for key, split := range one {
		if other[key] == split {
			same++
		}
	}
	if same < 20 || same > 80 {
		t.Errorf("two seeds agree on %d of 100 images", same)
	}
}

func TestWhatCannotBeDivided(t *testing.T) {
	samples, keys := images("a", 3)
	for _, fractions := range []Fractions{{Test: -0.1}, {Test: 1}, {Test: 0.5, Val: 0.5}, {Val: math.NaN()}} {
		if _, err := StratifiedSplit(samples, keys, nil, fractions); err == nil {
			t.Errorf("divided by %+v", fractions)
		}
	}
	samples[0].Split = Test
	if _, err := StratifiedSplit(samples, keys, nil, Fractions{Test: 0.1}); !errors.Is(err, ErrHasSplits) {
		t.Errorf("error %v", err)
	}
}
