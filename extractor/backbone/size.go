package backbone

import (
	"context"
	"fmt"
	"slices"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
	"github.com/digitalinnovationone/headstart/internal/ort"
)

// Sizes that WithSize takes. Time and memory grow with the square of the size.
const (
	MinSize = 32
	MaxSize = 1024
)

// SizeError says that a backbone does not take images of some size.
type SizeError struct {
	Backbone string // its name
	Size     int    // pixels wide and high
	Own      int    // the size that it is made for
	Cause    error
}

func (e *SizeError) Error() string {
	return fmt.Sprintf("backbone %s, made for images of %d pixels, does not take %d: %v", e.Backbone, e.Own, e.Size, e.Cause)
}

// Unwrap returns the reason.
func (e *SizeError) Unwrap() error { return e.Cause }

func (b Backbone) sizeError(size int, cause error) error {
	return &SizeError{b.Name, size, b.ownSide, cause}
}

// WithSize returns the backbone for images that are side pixels wide and high. The
// shorter side of pictures is scaled by the same ratio. Whether its network takes
// them is known once it is loaded: see [Backbone.Open].
func (b Backbone) WithSize(side int) (Backbone, error) {
	if side < MinSize || side > MaxSize {
		return b, b.sizeError(side, fmt.Errorf("sizes are from %d to %d", MinSize, MaxSize))
	}
	p := &b.Preprocessing
	p.Resize = (p.Resize*side + p.Crop/2) / p.Crop
	p.Crop = side
	b.Input.Shape = slices.Clone(b.Input.Shape)
	first := 2 // of height and width
	if p.Layout == "NHWC" {
		first = 1
	}
	b.Input.Shape[first], b.Input.Shape[first+1] = int64(side), int64(side)
	return b, nil
}

// isResized tells whether the file is made for images of another size.
func (b Backbone) isResized() bool { return b.ownSide != 0 && b.Preprocessing.Crop != b.ownSide }

// resized returns the file's content for the backbone's size.
func (b Backbone) resized(data []byte) ([]byte, error) {
	model, err := onnxgraph.Parse(data)
	if err == nil {
		err = b.resize(model)
	}
	if err == nil {
		data, err = model.Marshal()
	}
	return data, err
}

// resize makes model, that of the file, take images of the backbone's size.
func (b Backbone) resize(model *onnxgraph.Model) error {
	if operator, kernel, fixed := model.FixedPool(); fixed {
		return b.sizeError(b.Preprocessing.Crop, fmt.Errorf("its %s over %v positions leaves out others", operator, kernel))
	}
	model.SetImageSize(b.Input.Name, b.Input.Shape)
	return nil
}

// try runs a session on test images, if the file is made for another size. It
// returns an error if the results are not one embedding per image, or of no use.
func (b Backbone) try(ctx context.Context, session *ort.Session) error {
	if !b.isResized() {
		return nil
	}
	_, err := b.tryOn(ctx, session, !b.OneAtATime)
	return err
}
