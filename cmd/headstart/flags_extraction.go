package main

import (
	"math"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart"
	"github.com/digitalinnovationone/headstart/extractor"
	"github.com/digitalinnovationone/headstart/extractor/backbone"
)

// extraction holds the options of every command that needs embeddings.
type extraction struct {
	headstart.Config
	size      string // of --size
	chooses   bool   // --view and --size may be auto
	megabytes int64
	strict    bool
	verbose   bool
	watch     *watch // of the Engine that is open
}

func (e *extraction) flags() []cli.Flag {
	return append([]cli.Flag{
		&cli.StringFlag{Name: "backbone", Usage: "`NAME` or ONNX file of the backbone; auto takes the best one installed", Value: backbone.Auto, Destination: &e.Backbone},
		&cli.StringFlag{Name: "blocks", Usage: "layers that embeddings hold: last, all, or `BLOCKS` that backbones list shows, separated by commas", DefaultText: "all", Destination: &e.Blocks},
	}, e.commonFlags()...)
}

// viewFlags are flags for a command that decides how a backbone sees pictures. Of
// those, train-head can also choose.
func (e *extraction) viewFlags(choose bool) []cli.Flag {
	e.chooses = choose
	auto := ""
	if choose {
		auto = "; auto tries them"
	}
	return []cli.Flag{
		&cli.StringFlag{Name: "view", Usage: "what the backbone sees, `VIEW`: crop (the centre), square (all, squeezed) or both (twice the time)" + auto, DefaultText: "the backbone's own, mostly crop", Destination: &e.View},
		&cli.StringFlag{Name: "size", Usage: "scale to `N` pixels; time grows with the square of N" + auto, DefaultText: "the backbone's own", Destination: &e.size},
	}
}

// checkView refuses views and sizes that make no sense.
func (e *extraction) checkView() error {
	views := headstart.Views()
	if e.chooses {
		views = append(views, headstart.AutoView)
	}
	if e.View != "" && !slices.Contains(views, e.View) {
		return usagef("--view %s: must be one of %s", e.View, strings.Join(views, ", "))
	}
	if e.size == "" {
		return nil
	}
	if e.chooses && e.size == "auto" {
		e.Size = headstart.AutoSize
		return nil
	}
	size, err := strconv.Atoi(e.size)
	if err != nil || size < backbone.MinSize || size > backbone.MaxSize {
		return usagef("--size %s: must be from %d to %d", e.size, backbone.MinSize, backbone.MaxSize)
	}
	e.Size = size
	return nil
}

// flagsForHead are flags for a command whose head names its backbone.
func (e *extraction) flagsForHead() []cli.Flag {
	return append([]cli.Flag{headsBackboneFlag(&e.Backbone)}, e.commonFlags()...)
}

func headsBackboneFlag(destination *string) cli.Flag {
	return &cli.StringFlag{Name: "backbone", Usage: "`NAME` or ONNX file of the head's backbone", DefaultText: "the one the head names", Value: backbone.Auto, Destination: destination}
}

func storeFlag(destination *string) cli.Flag {
	return &cli.StringFlag{Name: "store", Usage: "keep embeddings in `DIR`", DefaultText: "in the user's cache folder", Destination: destination}
}

func jsonFlag(destination *bool) cli.Flag {
	return &cli.BoolFlag{Name: "json", Usage: "print JSON", Destination: destination}
}

func (e *extraction) commonFlags() []cli.Flag {
	return []cli.Flag{
		storeFlag(&e.Store),
		&cli.BoolFlag{Name: "no-store", Usage: "neither read nor keep embeddings on disk", Destination: &e.NoStore},
		&cli.Int64Flag{Name: "memory", Usage: "use at most `MB` megabytes for decoding", DefaultText: "half of the machine's", Destination: &e.megabytes},
		&cli.Int64Flag{Name: "max-pixels", Usage: "refuse images of more than `N` pixels", Value: extractor.DefaultMaxPixels, Destination: &e.MaxPixels},
		&cli.BoolFlag{Name: "retry-unreadable", Usage: "try images again that were unreadable before", Destination: &e.RetryUnreadable},
		&cli.BoolFlag{Name: "rehash", Usage: "read files again even if size, times and inode are unchanged", Destination: &e.Rehash},
		&cli.BoolFlag{Name: "verify", Usage: "check stored embeddings, and compute damaged ones again", Destination: &e.Verify},
		&cli.BoolFlag{Name: "strict", Usage: "exit with status 1, not 3, if an image is unreadable", Destination: &e.strict},
		&cli.BoolFlag{Name: "verbose", Usage: "print more, such as the names of skipped files", Destination: &e.verbose},
		&cli.StringFlag{Name: "device", Usage: "run the backbone on `DEVICE`: cpu, cuda or cuda:N", Value: "cpu", Destination: &e.Device},
		&cli.IntFlag{Name: "batch", Usage: "run `N` images at once on a GPU", Value: extractor.DefaultBatch, Destination: &e.Batch},
		&cli.IntFlag{Name: "threads", Usage: "use `N` CPU threads per image; more than 1 helps only with fewer workers than cores", Value: 1, Destination: &e.Threads},
		&cli.IntFlag{Name: "workers", Usage: "process `N` images in parallel", Value: runtime.GOMAXPROCS(0), DefaultText: "one per core", Destination: &e.Workers},
	}
}

// check refuses numbers that make no sense.
func (e *extraction) check() error {
	err := headstart.CheckDevice(e.Device)
	switch {
	case err != nil:
		return usagef("--device %v", err)
	case e.Batch < 1:
		return usagef("--batch %d: must be at least 1", e.Batch)
	case e.Threads < 1:
		return usagef("--threads %d: must be at least 1", e.Threads)
	case e.Workers < 1:
		return usagef("--workers %d: must be at least 1", e.Workers)
	case e.megabytes < 0 || e.megabytes > math.MaxInt64>>20:
		return usagef("--memory %d: is out of range", e.megabytes)
	case e.MaxPixels < 1:
		return usagef("--max-pixels %d: must be at least 1", e.MaxPixels)
	case e.NoStore && e.Store != "":
		return usagef("--store and --no-store exclude each other")
	}
	return e.checkView()
}

// open returns an Engine that shows on t what it does. The caller closes it.
func (e *extraction) open(t *terminal) (*headstart.Engine, error) {
	return e.openWith(&watch{t: t})
}

// openWith is open with a watch of the caller's.
func (e *extraction) openWith(w *watch) (*headstart.Engine, error) {
	e.watch, w.store, w.verbose = w, !e.NoStore, e.verbose
	config := e.Config
	config.Memory = e.megabytes << 20
	config.OnEvent = w.event
	return headstart.Open(config)
}

// status is the error of a command that is done, except for unreadable images if
// there were any.
func (e *extraction) status(unreadable int) error {
	if unreadable == 0 {
		return nil
	}
	return &unreadableError{unreadable, e.strict, e.watch.reasons}
}
