package extractor

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"iter"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/digitalinnovationone/headstart/dataset"
)

// contents returns the bytes of the samples' images.
func contents(t *testing.T, samples []dataset.Sample) [][]byte {
	t.Helper()
	images := make([][]byte, len(samples))
	for i, s := range samples {
		var err error
		if images[i], err = s.Read(nil, DefaultMaxBytes); err != nil {
			t.Fatal(err)
		}
	}
	return images
}

// uploads yields n samples in memory, of the images in turn, and counts them.
func uploads(images [][]byte, n int, taken *atomic.Int64) iter.Seq[dataset.Sample] {
	return func(yield func(dataset.Sample) bool) {
		for i := range n {
			taken.Add(1)
			if !yield(dataset.FromBytes(fmt.Sprint("upload ", i), images[i%len(images)])) {
				return
			}
		}
	}
}

// without returns an extractor that keeps nothing.
func without(t *testing.T, workers int) *Extractor {
	t.Helper()
	x, err := New(Config{Backbone: tiny(t), Workers: workers})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	})
	return x
}

// TestASequenceLongerThanTheLookAhead has images in memory of which there are
// many more than are taken ahead.
func TestASequenceLongerThanTheLookAhead(t *testing.T) {
	var images [][]byte // small, since they are many
	for level := range 3 {
		img := image.NewGray(image.Rect(0, 0, 8, 8))
		for i := range img.Pix {
			img.Pix[i] = uint8(100*level + i)
		}
		var b bytes.Buffer
		if err := png.Encode(&b, img); err != nil {
			t.Fatal(err)
		}
		images = append(images, b.Bytes())
	}
	x := without(t, 2)
	const n = 5*lookAhead + 7
	var want [][]float32
	for _, content := range images {
		embedding, err := x.Embed(t.Context(), content)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, embedding)
	}
	var taken atomic.Int64
	seen := 0
	err := x.Extract(t.Context(), uploads(images, n, &taken), func(r Result) error {
		if r.Sample.Path != fmt.Sprint("upload ", seen) || r.Err != nil || r.Cached || !slices.Equal(r.Embedding, want[seen%3]) {
			return fmt.Errorf("result %d: %+v", seen, r)
		}
		seen++
		if ahead := int(taken.Load()) - seen; ahead > 4*lookAhead {
			return fmt.Errorf("%d samples were taken ahead of result %d", ahead, seen)
		}
		return nil
	})
	if err != nil || seen != n {
		t.Errorf("%d results of %d samples, %v", seen, n, err)
	}
}

func TestASequenceThatEndsEarly(t *testing.T) {
	images := contents(t, scan(t, photos(t, 2)))
	x := open(t, t.TempDir(), 2)
	for _, n := range []int{0, 1, 2} {
		var taken atomic.Int64
		seen := 0
		err := x.Extract(t.Context(), uploads(images, n, &taken), func(Result) error { seen++; return nil })
		if err != nil || seen != n {
			t.Errorf("%d results of %d samples, %v", seen, n, err)
		}
	}
}

// TestASequenceIsLeftWhenTheRunEnds has a sequence that would never end.
func TestASequenceIsLeftWhenTheRunEnds(t *testing.T) {
	image := contents(t, scan(t, photos(t, 1)))[0]
	left := false
	endless := func(yield func(dataset.Sample) bool) {
		defer func() { left = true }()
		for yield(dataset.FromBytes("upload", image)) {
		}
	}
	enough := errors.New("enough")
	seen := 0
	err := without(t, 2).Extract(t.Context(), endless, func(Result) error {
		if seen++; seen == 20 {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) || seen != 20 || !left {
		t.Errorf("error %v after %d results; left the sequence: %v", err, seen, left)
	}
}
