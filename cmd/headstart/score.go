package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"

	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor"
	"github.com/digitalinnovationone/headstart/head"
)

type scoreOptions struct {
	extraction
	json bool
}

func scoreCommand(t *terminal) *cli.Command {
	var o scoreOptions
	return &cli.Command{
		Name:      "score",
		Usage:     "print the class and its probability for each image",
		ArgsUsage: "HEAD IMAGES...",
		Description: description(`
			IMAGES are image files and folders of them. Prints CSV, in the order of the
			images: path, class, probability, and an error where there is neither.`,
			"headstart score pets.onnx photo.jpg holiday/",
			"headstart score pets.onnx holiday/ --json   # every class's probability, as JSON Lines"),
		Flags: append(o.extraction.flags(),
			&cli.BoolFlag{Name: "json", Usage: "print JSON Lines", Destination: &o.json},
		),
		Action: func(c *cli.Context) error {
			if c.NArg() < 2 {
				return usagef("score needs a HEAD file and IMAGES")
			}
			if err := o.check(); err != nil {
				return err
			}
			return runScore(c.Context, t, o, c.Args().First(), c.Args().Tail())
		},
	}
}

func runScore(ctx context.Context, t *terminal, o scoreOptions, headFile string, paths []string) error {
	h, x, err := o.openHead(headFile)
	if err != nil {
		return err
	}
	defer x.Close()
	data, err := dataset.ScanUnlabelled(paths...)
	if err != nil {
		return err
	}
	out := newScoreWriter(t.out, o.json, h)
	counts, err := extract(ctx, t, x, data.Samples, func(r extractor.Result) error {
		if r.PassedOver() {
			return nil
		}
		return out.write(r)
	})
	if err := errors.Join(err, out.flush()); err != nil {
		return err
	}
	if counts.readable == 0 {
		return errNothingRead(len(data.Samples))
	}
	return o.status(counts)
}

// scoreWriter writes a line for each image.
type scoreWriter struct {
	head          *head.Head
	buffer        *bufio.Writer
	csv           *csv.Writer   // or
	json          *json.Encoder // nil
	probabilities []float64
}

func newScoreWriter(w io.Writer, asJSON bool, h *head.Head) *scoreWriter {
	out := &scoreWriter{head: h, buffer: bufio.NewWriter(w)}
	if asJSON {
		out.json = json.NewEncoder(out.buffer)
		out.json.SetEscapeHTML(false)
	} else {
		out.csv = csv.NewWriter(out.buffer)
		_ = out.csv.Write([]string{"path", "class", "probability", "error"}) // flush returns the error
	}
	return out
}

// scoreLine is the JSON form of an image's score.
type scoreLine struct {
	Path          string             `json:"path"`
	Class         string             `json:"class,omitempty"`
	Probability   float64            `json:"probability,omitempty"`
	Probabilities map[string]float64 `json:"probabilities,omitempty"`
	Error         string             `json:"error,omitempty"`
}

func (w *scoreWriter) write(r extractor.Result) error {
	line := scoreLine{Path: r.Sample.Path}
	if r.Err != nil {
		line.Error = r.Err.Error()
	} else {
		w.probabilities = w.head.Probabilities(r.Embedding, w.probabilities)
		line.Probability = slices.Max(w.probabilities)
		line.Class = w.head.Meta.Classes[slices.Index(w.probabilities, line.Probability)]
	}
	if w.csv != nil {
		probability := ""
		if r.Err == nil {
			probability = strconv.FormatFloat(line.Probability, 'f', 6, 64)
		}
		return w.csv.Write([]string{line.Path, line.Class, probability, line.Error})
	}
	if r.Err == nil {
		line.Probabilities = make(map[string]float64, len(w.probabilities))
		for i, p := range w.probabilities {
			line.Probabilities[w.head.Meta.Classes[i]] = p
		}
	}
	return w.json.Encode(line)
}

func (w *scoreWriter) flush() error {
	if w.csv != nil {
		w.csv.Flush()
		if err := w.csv.Error(); err != nil {
			return err
		}
	}
	return w.buffer.Flush()
}
