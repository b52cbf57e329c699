package headstart

import (
	"encoding/json"

	"github.com/digitalinnovationone/headstart/extractor"
	"github.com/digitalinnovationone/headstart/extractor/backbone"
	"github.com/digitalinnovationone/headstart/extractor/imageio"
)

// variant returns b with the view and the size that are asked for.
func (c *Config) variant(b backbone.Backbone) (backbone.Backbone, error) {
	switch c.View {
	case "":
	case ViewCrop:
		b.Preprocessing.View = imageio.CropView
	default:
		b.Preprocessing.View = c.View
	}
	if c.Size == 0 {
		return b, nil
	}
	return b.WithSize(c.Size)
}

// variantOf returns b with the view and the size that a head's Spec tells.
func variantOf(b backbone.Backbone, spec json.RawMessage) (backbone.Backbone, error) {
	var s extractor.Spec
	if err := json.Unmarshal(spec, &s); err != nil || s.Backbone != b.SHA256 {
		return b, nil // the head does not match
	}
	b.Preprocessing.View = s.Preprocessing.View
	if s.Preprocessing.Crop == b.Preprocessing.Crop {
		return b, nil
	}
	return b.WithSize(s.Preprocessing.Crop)
}
