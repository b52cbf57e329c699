package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart/head"
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
			file, as FILE.zip#IMAGE; - stands for a list of such on standard input, one a
			line, all of which is read first. Prints CSV, in the order of the images:
			path, class, probability, the unknown score, and an error where there is none
			of these. A file of the list that cannot be read is such an error too.

			The unknown score tells how far an image is from all that the head has
			learnt; it is left out for a head that has none. --unknown writes the class
			"unknown" where it is beyond the head's threshold; the probability remains
			that of the likeliest class.

			In CSV a text that begins with = + - @ ' a tab or a line's end has an
			apostrophe put in front, so that no spreadsheet takes it for a formula: to
			get the text, take away the apostrophe that a cell begins with. Paths are
			written byte for byte; in JSON a byte that is not UTF-8 is written as \udcXX,
			from which Python's os.fsencode makes the byte again.

			--append-to goes on where an earlier run stopped: images that are in FILE
			already, readable or not, are left out, and a torn last line is written
			anew. The exit status is that of one run: 3 where an image left out was
			unreadable. One run at a time appends to a FILE. Each line then ends with
			the first 12 digits of the head file's SHA-256 (and +unknown where that was
			asked for), and a FILE of another head or other columns is refused.`,
			"headstart score pets.onnx photo.jpg holiday/",
			"headstart score pets.onnx holiday/ --json   # every class's probability, as JSON Lines",
			"find / -name '*.jpg' -print0 | headstart score pets.onnx - -0 --append-to all.csv"),
		Flags: append(o.extraction.flagsForHead(),
			&cli.IntFlag{Name: "top", Usage: "give the `K` likeliest classes", DefaultText: "1; with --json all", Destination: &o.top},
			&cli.BoolFlag{Name: "unknown", Usage: "call images unknown that are of none of the head's classes", Destination: &o.unknown},
			&cli.StringFlag{Name: "out", Usage: "write to `FILE`, whole or not at all", Destination: &o.out},
			&cli.StringFlag{Name: "append-to", Usage: "append to `FILE` what is not in it yet", Destination: &o.appendTo},
			&cli.BoolFlag{Name: "null", Aliases: []string{"0"}, Usage: "the list on standard input has a NUL after each path, as of find -print0", Destination: &o.null},
			&cli.BoolFlag{Name: "json", Usage: "print JSON Lines", Destination: &o.json},
		),
		Action: func(c *cli.Context) error {
			if c.NArg() < 2 {
				return usagef("score needs a HEAD file and IMAGES")
			}
			if err := o.check(c); err != nil {
				return err
			}
			return runScore(c.Context, t, o, c.App.Reader, c.Args().First(), c.Args().Tail())
		},
	}
}

// check refuses options that cannot be meant.
func (o *scoreOptions) check(c *cli.Context) error {
	switch {
	case o.out != "" && o.appendTo != "":
		return usagef("--out and --append-to do not go together")
	case c.IsSet("top") && o.top < 1:
		return usagef("--top %d: 1 is the least", o.top)
	}
	return o.extraction.check()
}

func runScore(ctx context.Context, t *terminal, o scoreOptions, in io.Reader, headFile string, paths []string) error {
	h, x, err := o.openHead(headFile)
	if err != nil {
		return err
	}
	defer x.Close()
	if classes := len(h.Meta.Classes); o.top > classes {
		return usagef("--top %d: the head has %d classes", o.top, classes)
	}
	if err := o.checkUnknown(h, headFile); err != nil {
		return err
	}
	format, err := o.format(h, headFile)
	if err != nil {
		return err
	}
	if o.out != "" {
		if err := checkReplaceable("scores", o.out, paths...); err != nil {
			return err
		}
	}
	out, err := o.openOutput(ctx, t, format)
	if err != nil {
		return err
	}
	defer out.close()
	images, err := o.images(ctx, t, in, paths, out.begun)
	if err != nil {
		return err
	}
	if err := out.begin(format); err != nil {
		return err
	}
	run := scoring{head: h, callUnknown: o.unknown, format: format, out: out}
	counts, err := extract(ctx, t, x, images.samples, run.each)
	if err := errors.Join(err, out.commit(err == nil)); err != nil {
		return err
	}
	if counts.readable == 0 && images.skipped == 0 {
		return errNothingRead(len(images.samples))
	}
	for _, u := range images.before {
		counts.unreadable++
		t.note("unreadable: %s: %s", printable(u.path), u.reason)
	}
	if images.skipped > 0 {
		t.note("note: %s already", count(images.skipped, "image is in "+o.appendTo, "images are in "+o.appendTo))
	}
	return o.status(counts)
}

// checkUnknown refuses to call images unknown where that would mislead.
func (o *scoreOptions) checkUnknown(h *head.Head, headFile string) error {
	switch {
	case !o.unknown:
		return nil
	case h.Meta.Unknown == nil:
		return fmt.Errorf("head %s has no unknown score", headFile)
	case slices.Contains(h.Meta.Classes, unknownClass):
		return fmt.Errorf("head %s has a class of the name %q already", headFile, unknownClass)
	}
	return nil
}

// unknownClass is what --unknown calls an image of none of the classes.
const unknownClass = "unknown"

// format returns the form that lines are written in.
func (o *scoreOptions) format(h *head.Head, headFile string) (scoreFormat, error) {
	var digest string
	if o.appendTo != "" {
		var err error
		if digest, err = headDigest(headFile); err != nil {
			return nil, err
		}
		if o.unknown {
			digest += unknownMark // classes are then given otherwise
		}
	}
	if o.json {
		return &jsonScores{classes: h.Meta.Classes, top: o.top, head: digest}, nil
	}
	return newCSVScores(h.Meta.Classes, max(1, o.top), digest), nil
}
