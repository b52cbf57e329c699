package main

import (
	"errors"
	"io/fs"
	"runtime"
	"syscall"

	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart/extractor"
	"github.com/digitalinnovationone/headstart/extractor/backbone"
	"github.com/digitalinnovationone/headstart/extractor/imageio"
	"github.com/digitalinnovationone/headstart/internal/ort"
)

// extraction holds the options of every command that needs embeddings.
type extraction struct {
	backbone string
	store    string
	device   string
	batch    int
	threads  int
	workers  int

	maxPixels       int64
	retryUnreadable bool
	rehash          bool
	verify          bool
	strict          bool
}

func (e *extraction) flags() []cli.Flag {
	return append([]cli.Flag{
		&cli.StringFlag{Name: "backbone", Usage: "`NAME` or ONNX file of the backbone; auto takes the best one installed", Value: backbone.Auto, Destination: &e.backbone},
	}, e.commonFlags()...)
}

// flagsForHead are flags for a command whose head names its backbone.
func (e *extraction) flagsForHead() []cli.Flag {
	return append([]cli.Flag{headsBackboneFlag(&e.backbone)}, e.commonFlags()...)
}

func headsBackboneFlag(destination *string) cli.Flag {
	return &cli.StringFlag{Name: "backbone", Usage: "`NAME` or ONNX file of the head's backbone", DefaultText: "the one the head names", Value: backbone.Auto, Destination: destination}
}

func (e *extraction) commonFlags() []cli.Flag {
	return []cli.Flag{
		storeFlag(&e.store),
		&cli.Int64Flag{Name: "max-pixels", Usage: "refuse images of more than `N` pixels", Value: imageio.DefaultMaxPixels, Destination: &e.maxPixels},
		&cli.BoolFlag{Name: "retry-unreadable", Usage: "try images again that were unreadable before", Destination: &e.retryUnreadable},
		&cli.BoolFlag{Name: "rehash", Usage: "read files again that look unchanged by their size, time and inode", Destination: &e.rehash},
		&cli.BoolFlag{Name: "verify", Usage: "compare embeddings from the store with their checksums", Destination: &e.verify},
		&cli.BoolFlag{Name: "strict", Usage: "end with status 1, not 3, if an image is unreadable", Destination: &e.strict},
		&cli.StringFlag{Name: "device", Usage: "run the backbone on `DEVICE`: cpu, cuda or cuda:N", Value: "cpu", Destination: &e.device},
		&cli.IntFlag{Name: "batch", Usage: "give a GPU `N` images at once", Value: extractor.DefaultBatch, Destination: &e.batch},
		&cli.IntFlag{Name: "threads", Usage: "on a CPU, use `N` threads for one image; more help only with fewer workers than cores", Value: 1, Destination: &e.threads},
		&cli.IntFlag{Name: "workers", Usage: "work on `N` images at the same time", Value: runtime.GOMAXPROCS(0), DefaultText: "one per core", Destination: &e.workers},
	}
}

// check refuses numbers that cannot be meant.
func (e *extraction) check() error {
	_, err := ort.ParseDevice(e.device)
	switch {
	case err != nil:
		return usagef("--device %v", err)
	case e.batch < 1:
		return usagef("--batch %d: 1 is the least", e.batch)
	case e.threads < 1:
		return usagef("--threads %d: 1 is the least", e.threads)
	case e.workers < 1:
		return usagef("--workers %d: 1 is the least", e.workers)
	case e.maxPixels < 1:
		return usagef("--max-pixels %d: no image is so small", e.maxPixels)
	}
	return nil
}

// open makes the extractor for a backbone. The caller closes it.
func (e *extraction) open(b backbone.Backbone) (*extractor.Extractor, error) {
	folder, err := storeFolder(e.store)
	if err != nil {
		return nil, err
	}
	x, err := extractor.New(extractor.Config{
		Backbone:        b,
		Store:           folder,
		Device:          e.device,
		Batch:           e.batch,
		Threads:         e.threads,
		Workers:         e.workers,
		Limits:          imageio.Limits{MaxPixels: e.maxPixels},
		RetryUnreadable: e.retryUnreadable,
		Rehash:          e.rehash,
		Verify:          e.verify,
	})
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
		return nil, &closedStoreError{err}
	}
	return x, err
}

// closedStoreError says that a store is where nothing can be written.
type closedStoreError struct{ error }

func (e *closedStoreError) Unwrap() error { return e.error }

// openChosen makes the extractor for the backbone that the user asked for, and
// says which that is where it is not plain. The caller closes it.
func (e *extraction) openChosen(t *terminal) (*extractor.Extractor, error) {
	b, err := backbone.Resolve(e.backbone)
	if err != nil {
		return nil, err
	}
	if e.backbone == backbone.Auto {
		t.note("backbone: %s", b.Name)
	}
	if b.Assumed {
		t.note("backbone: %s does not say how images are prepared for it; torchvision's way is taken (shorter side 256, centre 224, ImageNet's mean and standard deviation)", b.Path)
	}
	if b.Classifier {
		t.note("warning: the output %s of %s looks like a classifier's scores, which are poor embeddings; headstart backbones add makes a backbone of its features", b.Output.Name, b.Path)
	}
	return e.open(b)
}
