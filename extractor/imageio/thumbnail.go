package imageio

import (
	"context"
	"fmt"
)

// ThumbnailSide is how many pixels a thumbnail is wide and high.
const ThumbnailSide = 32

// ThumbnailLen is the number of bytes in a thumbnail.
const ThumbnailLen = ThumbnailSide * ThumbnailSide

// thumbnail is how a picture becomes one, but for its colours.
var thumbnail = Preprocessing{
	Resize: ThumbnailSide, Crop: ThumbnailSide, Filter: "bilinear",
	Std: [3]float32{1, 1, 1}, Layout: "NCHW", Type: "uint8", View: SquareView, small: true,
}

// Thumbnail decodes data, the content of an image file, and writes into dst,
// which holds ThumbnailLen bytes, the whole picture as it is shown, squeezed into
// a square: grey levels from black to white, row by row. They depend on the file
// and on [Version] only. Errors are those of Tensor.
func (d *Decoder) Thumbnail(ctx context.Context, dst, data []byte) error {
	defer func(also []byte) { d.AlsoThumbnail = also }(d.AlsoThumbnail)
	d.AlsoThumbnail = dst
	return d.make(ctx, output{}, thumbnail.Len(), data, thumbnail)
}

// wantsThumbnail tells whether a thumbnail is wanted with a tensor of p, or alone.
func (d *Decoder) wantsThumbnail(p Preprocessing) bool {
	return d.AlsoThumbnail != nil || p == thumbnail
}

// renderThumbnail makes the thumbnail of what was decoded as pic.
func (d *Decoder) renderThumbnail(ctx context.Context, plan plan, pic picture) error {
	if len(d.AlsoThumbnail) != ThumbnailLen {
		return fmt.Errorf("a thumbnail of %d bytes does not fit %d", ThumbnailLen, len(d.AlsoThumbnail))
	}
	if plan.overview != nil {
		var err error
		if pic, err = plan.overview(ctx); err != nil {
			return err
		}
		pic.turn = plan.turn
	}
	if pic.mixer == fromFull { // the first plane is luma
		pic.planes, pic.mixer = pic.planes[:1], nil
	}
	var colours [3 * ThumbnailLen]uint8
	if err := d.thumbnails.render(ctx, output{bytes: colours[:]}, pic, thumbnail); err != nil {
		return err
	}
	for i := range d.AlsoThumbnail {
		red, green, blue := int(colours[i]), int(colours[i+ThumbnailLen]), int(colours[i+2*ThumbnailLen])
		d.AlsoThumbnail[i] = uint8((299*red + 587*green + 114*blue + 500) / 1000) // luma of ITU-R BT.601
	}
	return nil
}
