package backbone

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/digitalinnovationone/headstart/internal/atomicfile"
	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
)

// install puts the backbone in its place as one that takes any number of images
// at once or, where it does not treat each of them for itself, one.
func (a *addition) install(ctx context.Context) error {
	open := &onnxgraph.Model{Proto: proto.CloneOf(a.model.Proto)}
	open.FreeBatch()
	news := ""
	if a.input.Shape[0].Size > 0 {
		news = fmt.Sprintf("it takes any number of images at once in place of %d", a.batch)
	}
	err := a.tryAndPlace(ctx, open, true, news)
	if err == nil || errors.Is(err, context.Canceled) || a.batch > 1 {
		return err
	}
	a.model.FixBatch(1)
	if a.tryAndPlace(ctx, a.model, false, "it takes one image at a time: several at once do not go through") == nil {
		return nil
	}
	return err
}

// tryAndPlace writes the backbone beside its place, tries it there and then puts
// it in place. news is what else to say of it, "" if nothing.
func (a *addition) tryAndPlace(ctx context.Context, model *onnxgraph.Model, many bool, news string) error {
	data, err := model.Marshal()
	if err != nil {
		return err
	}
	b := Backbone{Name: a.name, SHA256: digest(data)}
	if err := b.describe(data, nil); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(a.path), 0o777); err != nil {
		return err
	}
	f, err := atomicfile.Create(a.path, 0o666)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Write(data); err != nil {
		return err
	}
	b.Path = f.TempName()
	embedding, err := trial(b, many)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := f.Commit(); err != nil {
		return err
	}
	b.Path = a.path
	a.result = b
	if news != "" {
		a.step("%s", news)
	}
	a.step("a test image gave %d values, %.3g to %.3g", b.Dim, slices.Min(embedding), slices.Max(embedding))
	return nil
}
