package main

import (
	"cmp"
	"context"
	"io"
	"iter"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart"
	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/internal/web"
	"github.com/digitalinnovationone/headstart/internal/wording"
)

type explainOptions struct {
	extraction
	page
	classes cli.StringSlice
}

func explainCommand(t *terminal) *cli.Command {
	var o explainOptions
	return &cli.Command{
		Name:      "explain",
		Usage:     "show where in images the network saw what speaks for a class",
		ArgsUsage: "HEAD IMAGES... -o FOLDER|FILE.html",
		Description: description(`
			IMAGES are image files, folders and zip files of them. Writes each photo with a
			class activation map of its predicted class laid over it: orange speaks for the
			class, blue against it. A FOLDER, which must be new or empty, gets JPEG files and
			explanations.jsonl, which has the maps in numbers; FILE.html is one page with
			everything in it.

			Maps are exact: their mean is the class's logit less its bias. They need a
			backbone that ends in a mean over places, as most convolutional networks do. The
			backbone runs on every image, whatever the store holds.`,
			"headstart explain pets.onnx photo.jpg -o why.html",
			"headstart explain pets.onnx holiday/ -o why/ --class cat --class dog"),
		Flags: append(o.flags(),
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write to `PATH`: a folder, or a page whose name ends in .html", Destination: &o.file},
			&cli.StringSliceFlag{Name: "class", Usage: "make a map for class `NAME` too; may be repeated", Destination: &o.classes},
			o.langFlag(),
		),
		Action: func(c *cli.Context) error {
			switch {
			case c.NArg() < 2:
				return usagef("explain needs a HEAD file and IMAGES")
			case o.file == "":
				return usagef("explain needs -o FOLDER or -o FILE.html to write to")
			}
			if err := cmp.Or(o.extraction.check(), o.page.check()); err != nil {
				return err
			}
			return runExplain(c.Context, t, o, c.Args().First(), c.Args().Tail())
		},
	}
}

// flags are those of extraction, without those about the store.
func (o *explainOptions) flags() []cli.Flag {
	about := []string{"store", "no-store", "retry-unreadable", "rehash", "verify"}
	return slices.DeleteFunc(o.extraction.flagsForHead(), func(f cli.Flag) bool { return slices.Contains(about, f.Names()[0]) })
}

// isPage tells whether -o is the name of a page.
func (o *explainOptions) isPage() bool {
	ending := strings.ToLower(filepath.Ext(o.file))
	return ending == ".html" || ending == ".htm"
}

func runExplain(ctx context.Context, t *terminal, o explainOptions, headFile string, paths []string) error {
	var err error
	if o.isPage() {
		err = headstart.CheckOutput(headstart.PageFile, o.file, append(slices.Clone(paths), headFile)...)
	} else {
		err = headstart.CheckExplanationsFolder(o.file)
	}
	if err != nil {
		return err
	}
	o.NoStore = true
	engine, err := o.open(t)
	if err != nil {
		return err
	}
	defer engine.Close()
	c, err := engine.Load(ctx, headFile)
	if err != nil {
		return err
	}
	for _, class := range o.classes.Value() {
		if dataset.FindClass(c.Classes(), class) < 0 {
			return usagef("--class %s: the head has only the classes %s", wording.Name(class), wording.Quoted(c.Classes()))
		}
	}
	images, err := dataset.ScanUnlabelled(ctx, paths...)
	if err != nil {
		return err
	}
	t.noteSkipped(images)
	if n := len(images.Samples); o.isPage() && n > web.MaxExplained {
		return usagef("-o %s: %d images are too many for one page, at most %d: give a FOLDER", wording.Name(o.file), n, web.MaxExplained)
	}
	o.watch.total = len(images.Samples)
	all := explanations{watch: o.watch, files: len(images.Samples)}
	each := all.counted(c.ExplainAll(ctx, slices.Values(images.Samples), headstart.ExplainOptions{Classes: o.classes.Value()}))
	if o.isPage() {
		err = headstart.WritePage(o.file, func(w io.Writer) error { return web.WriteExplanations(w, filepath.Base(headFile), o.lang, each) })
	} else {
		err = headstart.WriteExplanations(o.file, each)
	}
	if err != nil {
		return err
	}
	t.note("%s written to %s", wording.Count(all.explained, "photo was", "photos were"), wording.Name(o.file))
	return o.status(all.unreadable)
}

// explanations counts explanations as they pass.
type explanations struct {
	watch                        *watch
	files, explained, unreadable int
}

// counted ends with an error if no image could be read.
func (x *explanations) counted(all iter.Seq2[*headstart.Explanation, error]) iter.Seq2[*headstart.Explanation, error] {
	return func(yield func(*headstart.Explanation, error) bool) {
		for e, err := range all {
			switch {
			case err != nil:
			case e.Err != nil:
				x.unreadable++
			default:
				x.explained++
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
		if x.explained == 0 {
			yield(nil, &headstart.NothingReadError{Files: x.files, Unreadable: x.watch.reasons.unreadable()})
		}
	}
}
