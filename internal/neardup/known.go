package neardup

import (
	"context"
	"encoding/binary"
	"math"
	"math/bits"
)

// Sketch tells roughly how far a print is from others, and too little to show the
// picture. The zero value is that of no print.
type Sketch sketch

// SketchLength is how many bytes a Sketch has.
const SketchLength = sketchBits / 8

// Append appends the sketch's bytes.
func (s Sketch) Append(b []byte) []byte {
	for _, word := range s {
		b = binary.LittleEndian.AppendUint64(b, word)
	}
	return b
}

// SketchOf returns the sketch of such bytes.
func SketchOf(b [SketchLength]byte) (s Sketch) {
	for i := range s {
		s[i] = binary.LittleEndian.Uint64(b[8*i:])
	}
	return s
}

// Sketches returns a sketch of each print. A print that is nil or of one grey has
// none.
func Sketches(ctx context.Context, prints [][]byte, workers int) ([]Sketch, error) {
	s := search{Options: Options{Workers: workers}}
	for _, print := range prints {
		s.prints = append(s.prints, newThumbnail(print))
	}
	all, err := s.sketchPrints(ctx, false)
	return exported(all), err
}

func exported(all []sketch) []Sketch {
	sketches := make([]Sketch, len(all))
	for i, s := range all {
		sketches[i] = Sketch(s)
	}
	return sketches
}

// Known tells for each sketch whether one of others is that of a print within a
// distance. Sketches tell distances roughly: of prints at just that distance it finds
// some, of those at half of it nearly all, and few that are further apart.
func Known(ctx context.Context, sketches, others []Sketch, distance float64, workers int) ([]bool, error) {
	share := math.Acos(max(-1, 1-distance*distance/2)) / math.Pi
	most := int(sketchBits*share - math.Sqrt(sketchBits*share*(1-share)))
	known := make([]bool, len(sketches))
	err := inBlocks(ctx, len(sketches), workers, func() func(from, to int) {
		return func(from, to int) {
			for i := from; i < to; i++ {
				known[i] = sketches[i] != Sketch{} && sketches[i].within(most, others)
			}
		}
	})
	return known, err
}

func (s Sketch) within(most int, others []Sketch) bool {
	for _, o := range others {
		differ := 0
		for w := range s {
			differ += bits.OnesCount64(s[w] ^ o[w])
		}
		if differ <= most && o != (Sketch{}) {
			return true
		}
	}
	return false
}
