package neardup

import (
	"math/rand/v2"
	"testing"
)

// TestSketchesKnowCopies has copies as far from their picture as saving again and
// resizing brings them, and other pictures.
func TestSketchesKnowCopies(t *testing.T) {
	r := rand.New(rand.NewPCG(12, 12))
	var pictures, copies, others [][]byte
	for range 200 {
		p := newPicture(r)
		pictures = append(pictures, p.print(0, 0, 1, 1, false))
		copies = append(copies, p.print(0.004, 0, 0.996, 1, false))
		others = append(others, newPicture(r).print(0, 0, 1, 1, false))
	}
	known, err := Sketches(t.Context(), pictures, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range known {
		if got := SketchOf([SketchLength]byte(s.Append(nil))); got != s {
			t.Fatalf("sketch %d is not what was written", i)
		}
	}
	known = append(known, Sketch{}) // of a picture that could not be read
	count := func(prints [][]byte) (found int) {
		sketches, err := Sketches(t.Context(), append(prints, nil, make([]byte, area)), 2)
		if err != nil {
			t.Fatal(err)
		}
		is, err := Known(t.Context(), sketches, known, 0.1, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, known := range is {
			if known {
				found++
			}
		}
		return found
	}
	if found := count(copies); found < 195 {
		t.Errorf("%d of 200 copies are known", found)
	}
	if found := count(others); found > 0 {
		t.Errorf("%d of 200 other pictures are known", found)
	}
}
