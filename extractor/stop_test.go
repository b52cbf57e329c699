package extractor

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor/imageio"
)

// stuckSeat is that of an image whose decoding takes as long as the test wants.
type stuckSeat struct{ begun, end, closed chan struct{} }

func (s stuckSeat) decode(*imageio.Decoder, []byte, imageio.Preprocessing) error {
	close(s.begun)
	<-s.end
	return nil
}
func (s stuckSeat) embed(context.Context) ([]float32, error) { return nil, nil }
func (s stuckSeat) close()                                   { close(s.closed) }

func TestAnImageThatIsBeingDecodedDoesNotHoldUpTheEnd(t *testing.T) {
	s := stuckSeat{make(chan struct{}), make(chan struct{}), make(chan struct{})}
	x := &Extractor{config: Config{TimeLimit: time.Hour}}
	w := worker{pipeline: &pipeline{Extractor: x}, decoder: &imageio.Decoder{}}
	at := place{seat: s}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-s.begun
		cancel()
	}()
	if err := w.decode(ctx, &at, nil); !errors.Is(err, errStopped) {
		t.Errorf("error %v", err)
	}
	select {
	case <-s.closed:
		t.Error("the seat was taken from the decoder")
	default:
	}
	close(s.end)
	<-s.closed
	if at.seat != nil {
		t.Error("the worker goes on with the decoder's seat")
	}
}

func TestInterruptedItKeepsWhatWaitedForASlowImage(t *testing.T) {
	samples := scan(t, photos(t, 20))
	folder := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	others := 0 // that the second worker has read; the first is held up
	enough := make(chan struct{})
	defer func(whole func(dataset.Sample, []byte, int64) ([]byte, error)) { readSample = whole }(readSample)
	readSample = func(s dataset.Sample, buf []byte, max int64) ([]byte, error) {
		if s.Path == samples[0].Path {
			<-enough
			cancel()
		} else if others++; others == 11 {
			close(enough)
		}
		return s.Read(buf, max)
	}
	err := open(t, folder, 2).Extract(ctx, slices.Values(samples), func(r Result) error {
		t.Errorf("%s was seen, and the image before it was not", r.Sample.Path)
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	readSample = dataset.Sample.Read
	cached := 0
	for _, r := range extract(t, open(t, folder, 2), samples) {
		if r.Cached {
			cached++
		}
	}
	if cached < 10 {
		t.Errorf("10 images and more were finished, %d are kept", cached)
	}
}
