package backbone

import (
	"context"
	"errors"

	"github.com/digitalinnovationone/headstart/internal/ort"
)

// Open loads the network. Where it is made for images of another size, it is tried on
// test images first, and the error is a [SizeError] if it does not take this one.
func (b Backbone) Open(ctx context.Context, options ort.Options) (*ort.Session, error) {
	content, err := b.Read()
	if err != nil {
		return nil, err
	}
	session, err := ort.Open(ort.Model{
		Path: b.Path, Data: content,
		Input: b.Input.Name, InputShape: b.Input.Shape, Bytes: b.Preprocessing.Type == "uint8",
		Output: b.Output.Name, OutputShape: b.Output.Shape,
	}, options)
	if err == nil {
		if err = b.try(ctx, session); err != nil {
			session.Close()
		}
	}
	switch {
	case err == nil:
		return session, nil
	case !b.isResized(), ctx.Err() != nil, errors.Is(err, ort.ErrNoLibrary), errors.Is(err, ort.ErrNoCUDA):
		return nil, err
	}
	return nil, b.sizeError(b.Preprocessing.Crop, err)
}
