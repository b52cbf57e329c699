package backbone

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/digitalinnovationone/headstart/internal/atomicfile"
)

// install puts the backbone in its place as one that takes any number of images
// at once or, where it does not treat each of them for itself, one.
func (a *addition) install(ctx context.Context) error {
	fixed := a.model.Copy()
	a.model.FreeBatch()
	news := ""
	if a.input.Shape[0].Size > 0 {
		news = fmt.Sprintf("it takes any number of images at once in place of %d", a.batch)
	}
	err := a.tryAndPlace(ctx, true, news)
	if err == nil || errors.Is(err, context.Canceled) || a.batch > 1 {
		return err
	}
	fixed.FixBatch(1)
	a.model = fixed
	if a.tryAndPlace(ctx, false, "it takes one image at a time: several at once do not go through") == nil {
		return nil
	}
	return err
}

// tryAndPlace writes the backbone beside its place, tries it there and then puts
// it in place. news is what else to say of it, "" if nothing.
func (a *addition) tryAndPlace(ctx context.Context, many bool, news string) error {
	data, err := a.model.Marshal()
	if err != nil {
		return err
	}
	b := Backbone{Name: a.name, SHA256: digest(data)}
	if err := b.describe(a.model, nil); err != nil {
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
