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
	var levels colours
	if err := d.TensorOfBytes(ctx, levels[:], data, thumbnail); err != nil {
		return err
	}
	levels.grey(dst)
	return nil
}

// alsoThumbnail tells whether a tensor of p is not all that is wanted.
func (d *Decoder) alsoThumbnail(p Preprocessing) bool {
	return d.AlsoThumbnail != nil && p != thumbnail
}

// addThumbnail makes a thumbnail of what was decoded as pic.
func (d *Decoder) addThumbnail(ctx context.Context, plan plan, pic picture) error {
	if plan.overview != nil {
		var err error
		if pic, err = plan.overview(ctx); err != nil {
			return err
		}
		pic.turn = plan.turn
	}
	var levels colours
	if err := d.thumbnails.render(ctx, output{bytes: levels[:]}, pic, thumbnail); err != nil {
		return err
	}
	levels.grey(d.AlsoThumbnail)
	return nil
}

// colours are red, green and blue of a thumbnail.
type colours [3 * ThumbnailLen]uint8

// grey writes the luma of ITU-R BT.601.
func (c *colours) grey(dst []byte) {
	for i := range dst {
		red, green, blue := int(c[i]), int(c[i+ThumbnailLen]), int(c[i+2*ThumbnailLen])
		dst[i] = uint8((299*red + 587*green + 114*blue + 500) / 1000)
	}
}
