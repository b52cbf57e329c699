package imageio

import (
	"bytes"
	"errors"

	"github.com/gen2brain/heic"
)

// readHEIC decodes the primary picture of a HEIC file. The decoder is libheif
// and libde265 in a WebAssembly sandbox; to compile them takes about a second,
// once in a process that meets such a file. It turns the picture upright
// itself.
func (d *Decoder) readHEIC(data []byte, _ Preprocessing) (picture, error) {
	item := readPrimaryItem(data)
	if item.width == 0 {
		return picture{}, errNoSize
	}
	if err := d.Limits.check(item.width, item.height); err != nil {
		return picture{}, err
	}
	if hasAlpha(data) {
		return picture{}, errors.New("transparency is not supported, convert it to PNG") // the decoder garbles it
	}
	img, err := heic.Decode(bytes.NewReader(data))
	if err != nil {
		return picture{}, errDamaged
	}
	if err := d.Limits.check(img.Bounds().Dx(), img.Bounds().Dy()); err != nil {
		return picture{}, err
	}
	pic := newPicture(img)
	if pic.mixer != nil {
		pic.mixer = newMixer(item.colours)
	}
	return pic, nil
}
