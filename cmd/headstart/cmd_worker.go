package main

import (
	"context"
	"io"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart"
)

type workerOptions struct {
	extraction
	head string
}

func workerCommand(t *terminal) *cli.Command {
	var o workerOptions
	return &cli.Command{
		Name:  "worker",
		Usage: "answer other programs' Arrow record batches with embeddings and classes",
		Description: description(`
			Reads Arrow IPC record batches on standard input and writes one for each on
			standard output, in order, to the end of the input: a long-lived process for
			other programs. A column content holds image files, or path names them;
			sha256, embedding and error are added, and with --head class, probability,
			probabilities, unknown and is_unknown. An image that cannot be read is a row
			with an error. All other columns pass through.`,
			"headstart worker --no-store <images.arrows >embeddings.arrows",
			"headstart worker --head pets.onnx <images.arrows >classes.arrows"),
		Flags: append(slices.Concat(o.extraction.flags(), o.extraction.viewFlags(false)),
			&cli.StringFlag{Name: "head", Usage: "classify by `HEAD`, whose blocks, view and size are used", Destination: &o.head}),
		Action: func(c *cli.Context) error {
			if c.NArg() > 0 {
				return usagef("worker takes no arguments: images come on standard input")
			}
			if err := o.check(); err != nil {
				return err
			}
			return runWorker(c.Context, t, o, c.App.Reader)
		},
	}
}

func runWorker(ctx context.Context, t *terminal, o workerOptions, in io.Reader) error {
	engine, err := o.open(t)
	if err != nil {
		return err
	}
	defer engine.Close()
	var head *headstart.Classifier
	if o.head != "" {
		if head, err = engine.Load(ctx, o.head); err != nil {
			return err
		}
	}
	return engine.Work(ctx, in, t.out, head)
}
