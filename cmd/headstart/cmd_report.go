package main

import (
	"cmp"
	"context"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart"
)

type reportOptions struct {
	extraction
	limits
	duplicates
	page
	json bool
}

func reportCommand(t *terminal) *cli.Command {
	var o reportOptions
	return &cli.Command{
		Name:      "report",
		Usage:     "show on one page what a head learnt, where it is wrong and what would make it better",
		ArgsUsage: "HEAD DATA... -o HTML",
		Description: description(`
			Writes a page with everything in it: scores, what to do next, the confusion of
			classes, mistakes, suspected label errors, duplicates, unknown images and plots.
			It opens in any browser and asks nothing of any other computer.

			Every prediction is by a fit that has not seen the image, its duplicates or others
			of its group. Images that the head was trained on are cross-validated anew, as
			train-head does; train-head --report needs no second pass. At most 1000 photos are
			shown, the rest is counted. --json prints all of it.`,
			"headstart report pets.onnx pets/ -o pets.html",
			"headstart report pets.onnx pets/ -o pets.html --plots plots/ --lang pt",
			"headstart report pets.onnx more_pets/ --json"),
		Flags: slices.Concat(o.extraction.flagsForHead(), o.limits.flags(), o.duplicates.flags(), []cli.Flag{
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write the page to `FILE`", Destination: &o.file},
			&cli.StringFlag{Name: "plots", Usage: "write the plots to `FOLDER` as SVG files", Destination: &o.plots},
			o.page.langFlag(),
			jsonFlag(&o.json),
		}),
		Action: func(c *cli.Context) error {
			switch {
			case c.NArg() < 2:
				return usagef("report needs a HEAD file and DATA")
			case o.file == "" && o.plots == "" && !o.json:
				return usagef("report needs -o FILE to write the page to, --plots or --json")
			}
			if err := cmp.Or(o.extraction.check(), o.duplicates.check(), o.page.check()); err != nil {
				return err
			}
			return runReport(c.Context, t, o, c.Args().First(), c.Args().Tail())
		},
	}
}

func runReport(ctx context.Context, t *terminal, o reportOptions, headFile string, paths []string) error {
	if err := headstart.CheckOutput(headstart.PageFile, o.file, slices.Concat(paths, []string{headFile})...); err != nil {
		return err
	}
	engine, err := o.open(t)
	if err != nil {
		return err
	}
	defer engine.Close()
	c, err := engine.Load(ctx, headFile)
	if err != nil {
		return err
	}
	if err := c.OpenStore(); err != nil {
		return err
	}
	data, err := o.scan(ctx, t, paths)
	if err != nil {
		return err
	}
	report, err := c.Report(ctx, data, headstart.ReportOptions{Sources: paths, Duplicates: o.DuplicateOptions})
	if err != nil {
		return err
	}
	if err := o.page.write(t, report); err != nil {
		return err
	}
	if o.json {
		err = t.json(report)
	}
	return cmp.Or(err, o.status(report.Data.UnreadableImages))
}
