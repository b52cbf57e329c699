package head

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"

	"github.com/digitalinnovationone/headstart/internal/neardup"
	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
)

const picturesKey = "headstart.pictures"

// RememberPictures records sketches of the pictures that the head was trained on, by
// which copies of them are told that have other bytes: those within a distance, of
// prints as neardup.Find compares them. It keeps the first MaxRemembered.
func (h *Head) RememberPictures(sketches []neardup.Sketch, bound float64) {
	h.pictures = slices.Clone(sketches[:min(len(sketches), MaxRemembered)])
	h.Meta.PictureBound = bound
}

// Pictures returns the sketches of RememberPictures, none if the head has none. They
// are read-only.
func (h *Head) Pictures() []neardup.Sketch { return h.pictures }

func (h *Head) writePictures(model *onnxgraph.Model) {
	if len(h.pictures) == 0 {
		return
	}
	var data []byte
	for _, s := range h.pictures {
		data = s.Append(data)
	}
	model.SetMetadata(picturesKey, base64.StdEncoding.EncodeToString(data))
}

func (h *Head) readPictures(model *onnxgraph.Model) error {
	text, found := model.Metadata(picturesKey)
	if !found {
		return nil
	}
	data, err := base64.StdEncoding.DecodeString(text)
	if err == nil && len(data)%neardup.SketchLength != 0 {
		err = errors.New("it is cut short")
	}
	if err != nil {
		return fmt.Errorf("metadata %s: %w", picturesKey, err)
	}
	for part := range slices.Chunk(data, neardup.SketchLength) {
		h.pictures = append(h.pictures, neardup.SketchOf([neardup.SketchLength]byte(part)))
	}
	return nil
}
