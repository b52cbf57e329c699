package headstart

import (
	"cmp"
	"encoding/json"
	"fmt"

	"github.com/digitalinnovationone/headstart/extractor"
	"github.com/digitalinnovationone/headstart/extractor/backbone"
	"github.com/digitalinnovationone/headstart/extractor/imageio"
	"github.com/digitalinnovationone/headstart/head"
)

// variant returns b with the view, the size and the blocks that are asked for. Where
// Train is to choose, it is b's own.
func (c *Config) variant(b backbone.Backbone) (backbone.Backbone, error) {
	switch c.View {
	case "", AutoView:
	case ViewCrop:
		b.Preprocessing.View = imageio.CropView
	default:
		b.Preprocessing.View = c.View
	}
	if c.Size != 0 && c.Size != AutoSize {
		var err error
		if b, err = b.WithSize(c.Size); err != nil {
			return b, err
		}
	}
	return b.Select(cmp.Or(c.Blocks, backbone.AllBlocks))
}

// specOf returns the Spec that a head records, the zero one if it is of an old file.
func specOf(meta head.Meta) (spec extractor.Spec, err error) {
	if len(meta.Spec) == 0 {
		return spec, nil
	}
	if err := json.Unmarshal(meta.Spec, &spec); err != nil {
		return spec, fmt.Errorf("its spec: %w", err)
	}
	return spec, nil
}

// variantOf returns the variant of b that a Spec tells, whatever blocks b is known to
// have. It returns b if the Spec is of another backbone.
func variantOf(b backbone.Backbone, spec extractor.Spec) (backbone.Backbone, error) {
	if spec.Backbone != b.SHA256 {
		return b, nil
	}
	b.Preprocessing.View = spec.Preprocessing.View
	if side := spec.Preprocessing.Crop; side != b.Preprocessing.Crop {
		var err error
		if b, err = b.WithSize(side); err != nil {
			return b, err
		}
	}
	return b.WithBlocks(spec.Blocks), nil
}
