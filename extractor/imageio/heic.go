//go:build heic

package imageio

import (
	"bytes"

	"github.com/gen2brain/heic"
)

// readHEIC decodes a HEIC file, of a sequence the first picture. The decoder
// runs in a WebAssembly sandbox and turns the picture upright itself.
func (d *Decoder) readHEIC(data []byte, _ Preprocessing) (picture, error) {
	item := readPrimaryItem(data)
	if item.width == 0 {
		return picture{}, errNoSize
	}
	if err := d.Limits.check(item.width, item.height); err != nil {
		return picture{}, err
	}
	img, err := heic.Decode(bytes.NewReader(data))
	if err != nil {
		return picture{}, errDamaged
	}
	if err := d.Limits.check(img.Bounds().Dx(), img.Bounds().Dy()); err != nil {
		return picture{}, err
	}
	return newPicture(img), nil
}
