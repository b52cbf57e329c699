package imageio

import (
	"bytes"
	"context"
	"errors"
	"image"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// countdown is a context that is done after it has been looked at a number of
// times. It counts how often that happens afterwards.
type countdown struct {
	context.Context
	mu         sync.Mutex
	left       int
	afterwards int
	done       chan struct{}
}

func newCountdown(t *testing.T, looks int) *countdown {
	return &countdown{Context: t.Context(), left: looks, done: make(chan struct{})}
}

func (c *countdown) Done() <-chan struct{} { return c.done }

func (c *countdown) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.left > 1:
		c.left--
		return nil
	case c.left == 1:
		c.left = 0
		close(c.done)
	default:
		c.afterwards++
	}
	return context.Canceled
}

// TestStopsWithinARow has the context of each kind of image end in the midst of
// decoding: no decoder then does more than a few rows, or reads further.
func TestStopsWithinARow(t *testing.T) {
	p := levels(40, 40)
	for _, file := range referenceFiles(t) {
		data := readFile(t, file)
		for _, looks := range []int{1, 2, 3, 7, 11} {
			var d Decoder
			ctx := newCountdown(t, looks)
			if err := d.Tensor(ctx, make([]float32, p.Len()), data, p); err != context.Canceled {
				t.Errorf("%s, after %d looks: error %v", file, looks, err)
			}
			clear(data[len(data)/2:]) // which is the caller's again: the race detector sees who still reads
			data = readFile(t, file)
			ctx.mu.Lock()
			if ctx.afterwards > 8 {
				t.Errorf("%s, after %d looks: goes on for %d rows or reads", file, looks, ctx.afterwards)
			}
			ctx.mu.Unlock()
		}
	}
}

// TestLeavesALibraryBehind has a library that never looks up: nobody waits for
// it, and its memory stays reserved until it returns.
func TestLeavesALibraryBehind(t *testing.T) {
	end := make(chan struct{})
	begun := make(chan struct{})
	defer func(before []format) { formats = before }(formats)
	formats = append(formats[:len(formats):len(formats)], format{"Stuck", startsWith("stuck"), func(d *Decoder, data []byte, _ Preprocessing) (plan, error) {
		return d.byLibrary(100, upright, data, func(r io.Reader) (image.Image, error) {
			close(begun)
			<-end
			if n, err := r.Read(make([]byte, 9)); n > 0 || err == nil {
				t.Errorf("%d bytes were read after the end", n)
			}
			panic("nobody hears this")
		}, newPicture), nil
	}})
	memory := NewMemory(100)
	d := Decoder{Memory: memory}
	p := levels(8, 8)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-begun
		cancel()
	}()
	if err := d.Tensor(ctx, make([]float32, p.Len()), []byte("stuck"), p); err != context.Canceled {
		t.Errorf("error %v", err)
	}
	if memory.free.TryAcquire(1) {
		t.Error("the memory is free although the library is at work")
	}
	close(end)
	if err := memory.reserve(t.Context(), 100); err != nil {
		t.Error(err)
	}
}

func TestTimeLimit(t *testing.T) {
	memory := NewMemory(2 << 20)
	d := Decoder{Time: time.Nanosecond, Memory: memory}
	p := levels(8, 8)
	dst, file := make([]float32, p.Len()), encodePNG(t, gradient(9, 9))
	if err := d.Tensor(t.Context(), dst, []byte("P5 1 1 255 x"), p); !errors.Is(err, ErrOverLimit) || err.Error() != "given up: not decoded within 1ns" {
		t.Errorf("error %v", err)
	}
	if err := d.Tensor(t.Context(), dst, file, p); !errors.Is(err, ErrOverLimit) || !strings.Contains(err.Error(), "needs about") {
		t.Errorf("error %v", err)
	}
	if err := memory.reserve(t.Context(), 2<<20); err != nil { // as by an image that never ends
		t.Fatal(err)
	}
	if err := d.Tensor(t.Context(), dst, []byte("P5 1 1 255 x"), p); !errors.Is(err, ErrOverLimit) || err.Error() != "given up: no memory for it within 10ns" {
		t.Errorf("error %v", err)
	}
}

// manyScans is a progressive JPEG whose first scan comes so many times more.
func manyScans(t testing.TB, more int) []byte {
	data := readFile(t, references+"/progressive.jpg")
	first := bytes.Index(data, []byte{0xff, 0xda})
	end := first + bytes.Index(data[first:], []byte{0xff, 0xc4}) // tables of the next
	return slices.Concat(data[:end], bytes.Repeat(data[first:end], more), data[end:])
}

func TestTooManyScans(t *testing.T) {
	p := levels(8, 8)
	dst := make([]float32, p.Len())
	header := readJPEGHeader(manyScans(t, 0))
	const usual = 10
	limits := Limits{MaxPixels: int64(header.Width * header.Height)}
	for more, refused := range map[int]bool{0: false, scansPerLimit - usual: false, scansPerLimit - usual + 1: true, 100_000: true} {
		d := Decoder{Limits: limits}
		err := d.Tensor(t.Context(), dst, manyScans(t, more), p)
		if errors.Is(err, ErrOverLimit) != refused || refused && !strings.Contains(err.Error(), "scans of") {
			t.Errorf("%d more scans: error %v", more, err)
		}
	}
}
