package dataset

import (
	"crypto/sha256"
	"encoding/binary"

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

// rank places a unit by what does not change when images join its group: the
// first of its groups' names, or the content if it has none.
func rank[Key ~[32]byte](unit []int, samples []Sample, keys []Key, seed uint64) [sha256.Size]byte {
	group := ""
	for _, i := range unit {
		if g := samples[i].Group; g != "" && (group == "" || g < group) {
			group = g
		}
	}
	text := binary.LittleEndian.AppendUint64(nil, seed)
	if group != "" {
		text = append(append(text, "group:"...), group...)
	} else {
		key := keys[unit[0]]
		text = append(append(text, "image:"...), key[:]...)
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
