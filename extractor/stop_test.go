package extractor

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor/imageio"
)

// slowSlot decodes until its context is done.
type slowSlot struct{ begun chan struct{} }

func (s slowSlot) decode(ctx context.Context, _ *imageio.Decoder, _ []byte, _ imageio.Preprocessing) error {
	close(s.begun)
	<-ctx.Done()
	return ctx.Err()
}
func (s slowSlot) embed(context.Context) ([]float32, error) { return nil, nil }
func (s slowSlot) close()                                   {}

func TestAnInterruptedImageIsNoResult(t *testing.T) {
	x := open(t, t.TempDir(), 1)
	w := worker{pipeline: &pipeline{Extractor: x}, decoder: &imageio.Decoder{}}
	ctx, cancel := context.WithCancel(t.Context())
	s := slowSlot{make(chan struct{})}
	go func() {
		<-s.begun
		cancel()
	}()
	at := slot{job: &job{Result: Result{Sample: scan(t, photos(t, 1))[0]}}, inference: s}
	if err := w.prepare(ctx, &at); err != nil || at.decoded || at.job.Err != nil || at.job.fresh {
		t.Errorf("error %v, result %+v, decoded %v", err, at.job.Result, at.decoded)
	}
}

func TestTooFewDescriptorsEndTheRun(t *testing.T) {
	samples := scan(t, photos(t, 20))
	for _, lack := range []syscall.Errno{syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM} {
		x := open(t, t.TempDir(), 2)
		defer func(whole func(dataset.Sample, []byte, int64) ([]byte, error)) { readSample = whole }(readSample)
		readSample = func(s dataset.Sample, buf []byte, max int64) ([]byte, error) {
			if s.Path == samples[10].Path {
				return buf, &fs.PathError{Op: "open", Path: s.Path, Err: lack}
			}
			return s.Read(buf, max)
		}
		err := x.Extract(t.Context(), slices.Values(samples), func(r Result) error {
			if r.Err != nil {
				t.Errorf("%s counts as unreadable: %v", r.Sample.Path, r.Err)
			}
			return nil
		})
		if !errors.Is(err, lack) || !strings.Contains(err.Error(), samples[10].Path) {
			t.Errorf("error %v, want %v and the file's name", err, lack)
		}
		readSample = dataset.Sample.Read
		for _, r := range extract(t, x, samples) {
			if r.Err != nil {
				t.Errorf("the next run: %v", r.Err)
			}
		}
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
		} else if others++; others == 10+decodeBatch { // of which so many may be read and not finished
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
