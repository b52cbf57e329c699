package backbone

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/digitalinnovationone/headstart/internal/atomicfile"
)

// install installs the backbone as one that takes batches of any size or, if it
// does not treat each image independently, one image at a time.
func (a *addition) install(ctx context.Context) error {
	a.model.LowerIR()
	fixed := a.model.Copy()
	a.model.FreeBatch()
	news := ""
	if a.input.Shape[0].Size > 0 {
		news = fmt.Sprintf("it takes any number of images at once in place of %d", a.batch)
	}
	err := a.tryAndPlace(ctx, true, news)
	if err == nil || ctx.Err() != nil || a.batch > 1 {
		return err
	}
	fixed.FixBatch(1)
	a.model = fixed
	if a.tryAndPlace(ctx, false, "it takes one image at a time: several at once do not go through") == nil {
		return nil
	}
	return err
}

// tryAndPlace runs the backbone on test images and writes its file. news is an
// additional step to report, "" if there is none.
func (a *addition) tryAndPlace(ctx context.Context, many bool, news string) error {
	data, err := a.model.Marshal()
	if err != nil {
		return err
	}
	b := Backbone{Name: a.name, Path: a.path, SHA256: digest(data)}
	if err := b.describe(a.model, nil); err != nil {
		return err
	}
	embedding, err := trial(ctx, b, data, many)
	if err != nil {
		return err
	}
	if len(b.earlier) > 0 {
		if err := b.tryBlocks(ctx, data, many, embedding); err != nil && (!a.automatic || ctx.Err() != nil) {
			return fmt.Errorf("blocks %s: %w", strings.Join(BlockNames(b.earlier), ", "), err)
		} else if err != nil {
			a.step("its earlier layers cannot be used as blocks: %v", err)
			a.model.RemoveMetadata(BlocksKey)
			return a.tryAndPlace(ctx, many, news)
		}
	}
	if err := os.MkdirAll(filepath.Dir(a.path), 0o777); err != nil {
		return err
	}
	err = atomicfile.Write(a.path, 0o666, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
	if err != nil {
		return err
	}
	a.result = b
	if news != "" {
		a.step("%s", news)
	}
	for _, block := range b.earlier {
		a.step("block %s: %s, %d values", block.Name, block.Layer, block.Dim)
	}
	a.step("a test image gave %d values, %.3g to %.3g", b.Dim, slices.Min(embedding), slices.Max(embedding))
	return nil
}
