package dataset

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"github.com/digitalinnovationone/headstart/internal/unionfind"
)

// Units returns the samples, by index, that must share a split: those of equal
// keys, those of equal groups, and those that alike lists, directly or through
// others. Every sample is in one unit, most of them alone.
func Units[Key ~[32]byte](samples []Sample, keys []Key, alike [][]int) [][]int {
	joined := unionfind.New(len(samples))
	for _, same := range alike {
		for _, i := range same[1:] {
			joined.Join(same[0], i)
		}
	}
	byKey := make(map[Key]int, len(samples))
	byGroup := map[string]int{}
	for i, s := range samples {
		if first, seen := byKey[keys[i]]; seen {
			joined.Join(first, i)
		} else {
			byKey[keys[i]] = i
		}
		if s.Group == "" {
			continue
		}
		if first, seen := byGroup[s.Group]; seen {
			joined.Join(first, i)
		} else {
			byGroup[s.Group] = i
		}
	}
	return joined.All()
}

// unit is samples that must share a split, by index, and their rank in the class.
type unit struct {
	samples []int
	rank    [sha256.Size]byte
}

// rankedUnits returns the units of each class in the order of their ranks.
func rankedUnits[Key ~[32]byte](samples []Sample, keys []Key, alike [][]int, seed uint64) map[string][]unit {
	byClass := map[string][]unit{}
	for _, together := range Units(samples, keys, alike) {
		class := homeClass(together, samples)
		byClass[class] = append(byClass[class], unit{together, rank(together, samples, keys, seed)})
	}
	for _, ranked := range byClass {
		slices.SortFunc(ranked, func(a, b unit) int { return bytes.Compare(a.rank[:], b.rank[:]) })
	}
	return byClass
}

// rank places a unit by what hardly changes when images join it: the first of its
// groups' names, or the lowest of its keys if it has none.
func rank[Key ~[32]byte](unit []int, samples []Sample, keys []Key, seed uint64) [sha256.Size]byte {
	group, lowest := "", keys[unit[0]]
	for _, i := range unit {
		if g := samples[i].Group; g != "" && (group == "" || g < group) {
			group = g
		}
		if bytes.Compare(keys[i][:], lowest[:]) < 0 {
			lowest = keys[i]
		}
	}
	text := binary.LittleEndian.AppendUint64(nil, seed)
	if group != "" {
		text = append(append(text, "group:"...), group...)
	} else {
		text = append(append(text, "image:"...), lowest[:]...)
	}
	return sha256.Sum256(text)
}

// homeClass returns the class that most of a unit's samples have.
func homeClass(unit []int, samples []Sample) string {
	if len(unit) == 1 {
		return samples[unit[0]].Label
	}
	counts := map[string]int{}
	for _, i := range unit {
		counts[samples[i].Label]++
	}
	var home string
	for class, n := range counts {
		if n > counts[home] || n == counts[home] && class < home {
			home = class
		}
	}
	return home
}
