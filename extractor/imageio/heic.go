package imageio

import (
	"errors"

	"github.com/gen2brain/heic"
)

// readHEIC decodes the primary picture of a HEIC file. The decoder is libheif
// and libde265 in a WebAssembly sandbox; to compile them takes about a second,
// once in a process that meets such a file. It turns the picture upright
// itself.
func (d *Decoder) readHEIC(data []byte, _ Preprocessing) (picture, error) {
	if hasAlpha(data) {
		return picture{}, errors.New("transparency is not supported, convert it to PNG") // the decoder garbles it
	}
	item := readPrimaryItem(data)
	pic, err := d.decodeItem(item, data, heic.Decode)
	if pic.mixer != nil {
		pic.mixer = newMixer(item.colours)
	}
	return pic, err
}
