package main

import (
	"context"
	"io"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart"
	"github.com/digitalinnovationone/headstart/internal/wording"
)

type scoreOptions struct {
	extraction
	top      int
	unknown  bool
	out      string
	appendTo string
	null     bool
	json     bool
}

func scoreCommand(t *terminal) *cli.Command {
	var o scoreOptions
	return &cli.Command{
		Name:      "score",
		Usage:     "print the class and its probability for each image",
		ArgsUsage: "HEAD IMAGES...",
		Description: description(`
			IMAGES are image files, folders and zip files of them, and images in a zip
			file, as FILE.zip#IMAGE; - reads a list of these from standard input, one per
			line, to its end before scoring starts. Prints CSV, in the order of the
			images: path, class, the likeliest class and its probability, unknown score,
			is_unknown, and an error for an image, or a file of the list, that cannot be
			read.

			The unknown score tells how far an image is from the images that the head was
			trained on, and is_unknown, true or false, whether it is above the head's
			threshold, which --verbose prints; for older heads both are empty. --unknown
			changes only the column class: it is "unknown" where is_unknown is true.

			In CSV a text that begins with = + - @ ' a tab or a line break gets an
			apostrophe in front, so that no spreadsheet takes it for a formula: to get the
			text back, remove the apostrophe that a cell begins with. Paths are written
			byte for byte, except to a terminal; in JSON a byte that is not UTF-8 is
			written as \udcXX, which Python's os.fsencode reverses.

			--append-to continues where an earlier run stopped: images that are in FILE
			already, readable or not, are skipped, and an incomplete last line is written
			again. The exit status is that of a single run: 3 if a skipped image was
			unreadable. Only one run at a time can append to FILE. Each line ends with the
			first 12 digits of the head file's SHA-256 (and +unknown with --unknown); a
			FILE of another head or with other columns is refused.`,
			"headstart score pets.onnx photo.jpg holiday/",
			"headstart score pets.onnx holiday/ --json   # every class's probability, as JSON Lines",
			"find / -name '*.jpg' -print0 | headstart score pets.onnx - -0 --append-to all.csv"),
		Flags: append(o.extraction.flagsForHead(),
			&cli.IntFlag{Name: "top", Usage: "write the `K` likeliest classes", DefaultText: "1; with --json all", Destination: &o.top},
			&cli.BoolFlag{Name: "unknown", Usage: "write the class unknown for images above the head's threshold", Destination: &o.unknown},
			&cli.StringFlag{Name: "out", Usage: "write to `FILE`, atomically", Destination: &o.out},
			&cli.StringFlag{Name: "append-to", Usage: "append to `FILE` the images that are not in it yet", Destination: &o.appendTo},
			&cli.BoolFlag{Name: "null", Aliases: []string{"0"}, Usage: "the list on standard input has a NUL after each path, as of find -print0", Destination: &o.null},
			&cli.BoolFlag{Name: "json", Usage: "print JSON Lines", Destination: &o.json},
		),
		Action: func(c *cli.Context) error {
			if c.NArg() < 2 {
				return usagef("score needs a HEAD file and IMAGES")
			}
			if err := o.check(c.IsSet("top"), c.Args().Tail()); err != nil {
				return err
			}
			return runScore(c.Context, t, o, c.App.Reader, c.Args().First(), c.Args().Tail())
		},
	}
}

// check refuses options that make no sense.
func (o *scoreOptions) check(topGiven bool, paths []string) error {
	switch {
	case o.out != "" && o.appendTo != "":
		return usagef("--out and --append-to exclude each other")
	case topGiven && o.top < 1:
		return usagef("--top %d: must be at least 1", o.top)
	case o.null && !slices.Contains(paths, standardInput):
		return usagef("--null needs a list on standard input, given as -")
	}
	return o.extraction.check()
}

func runScore(ctx context.Context, t *terminal, o scoreOptions, in io.Reader, headFile string, paths []string) error {
	if _, both := t.out.(escaping); both {
		t.live = false // rows and a bar would write on each other
	}
	w := &watch{t: t}
	engine, err := o.openWith(w)
	if err != nil {
		return err
	}
	defer engine.Close()
	c, err := engine.Load(ctx, headFile)
	if err != nil {
		return err
	}
	if classes := len(c.Classes()); o.top > classes {
		return usagef("--top %d: the head has %d classes", o.top, classes)
	}
	if err := c.OpenStore(); err != nil {
		return err
	}
	if o.verbose {
		t.note("note: unknown score: %s", c.UnknownText())
	}
	if err := headstart.CheckOutput(headstart.ScoresFile, o.out, paths...); err != nil {
		return err
	}
	scores, err := o.writer(ctx, t, c)
	if err != nil {
		return err
	}
	defer scores.Close()
	images, err := o.images(ctx, t, in, paths, scores)
	if err != nil {
		return err
	}
	w.total = len(images.samples)
	read, far, unreadable := 0, 0, len(images.unreadable)
	w.reasons = reasonsOf(images.unreadable)
	for p, err := range c.ClassifyAll(ctx, slices.Values(images.samples)) {
		if err == nil {
			err = scores.Write(p)
		}
		if err != nil {
			if o.appendTo != "" {
				t.kept = wording.Count(read+unreadable, "line is", "lines are") + " kept, and the same command resumes"
			}
			return err
		}
		if p.Err != nil {
			unreadable++
		} else {
			read++
			if p.IsUnknown {
				far++
			}
		}
	}
	if err := scores.Commit(); err != nil {
		return err
	}
	if read == 0 && images.written == 0 {
		return &headstart.NothingReadError{Files: len(images.samples), Unreadable: w.reasons.unreadable()}
	}
	t.listUnreadable(images.unreadable)
	if images.written > 0 {
		t.note("note: %s already", wording.Count(images.written, "image is in "+o.appendTo, "images are in "+o.appendTo))
	}
	if far > 0 {
		called := "--unknown writes unknown as their class"
		if o.unknown {
			called = "their class is written as unknown, and is_unknown is what it is without --unknown"
		}
		t.note("note: %d of %s further from all classes than the threshold (is_unknown); %s", far, wording.Count(read, "image is", "images are"), called)
	}
	return o.status(unreadable)
}

// writer opens what the scores are written to.
func (o *scoreOptions) writer(ctx context.Context, t *terminal, c *headstart.Classifier) (*headstart.ScoreWriter, error) {
	format := headstart.ScoreFormat{JSON: o.json, Top: o.top, CallUnknown: o.unknown}
	switch {
	case o.appendTo != "":
		scores, err := c.AppendScores(ctx, o.appendTo, format)
		if err == nil && scores.RemovedLine() {
			t.note("note: removed an incomplete last line of %s", wording.Name(o.appendTo))
		}
		return scores, err
	case o.out != "":
		return c.CreateScores(o.out, format)
	}
	return c.ScoreWriter(t.out, format)
}
