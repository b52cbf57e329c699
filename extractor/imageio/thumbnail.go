package imageio

import (
	"context"
	"fmt"
)

// ThumbnailSide is how many pixels a thumbnail is wide and high.
const ThumbnailSide = 32

// ThumbnailLen is the number of bytes in a thumbnail.
const ThumbnailLen = ThumbnailSide * ThumbnailSide

var thumbnail = Preprocessing{
	Resize: ThumbnailSide, Crop: ThumbnailSide, Filter: "bilinear",
	Std: [3]float32{1, 1, 1}, Layout: "NCHW", Type: "uint8", stretch: true,
}

// Thumbnail decodes data, the content of an image file, and writes into dst,
// which holds ThumbnailLen bytes, the whole picture as it is shown, squeezed into
// a square: grey levels from black to white, row by row. They depend on the file
// and on [Version] only. Errors are those of Tensor.
func (d *Decoder) Thumbnail(ctx context.Context, dst, data []byte) error {
	if len(dst) != ThumbnailLen {
		return fmt.Errorf("a thumbnail of %d bytes does not fit %d", ThumbnailLen, len(dst))
	}
	var levels [3 * ThumbnailLen]uint8
	if err := d.TensorOfBytes(ctx, levels[:], data, thumbnail); err != nil {
		return err
	}
	for i := range dst {
		red, green, blue := int(levels[i]), int(levels[i+ThumbnailLen]), int(levels[i+2*ThumbnailLen])
		dst[i] = uint8((299*red + 587*green + 114*blue + 500) / 1000) // luma of ITU-R BT.601
	}
	return nil
}
