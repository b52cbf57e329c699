package imageio

import (
	"errors"

	"github.com/gen2brain/heic"
)

// planHEIC decodes the primary picture of a HEIC file. The decoder is libheif
// and libde265 in a WebAssembly sandbox; to compile them takes about a second,
// once in a process that meets such a file. It turns the picture upright
// itself.
func (d *Decoder) planHEIC(data []byte, _ Preprocessing) (plan, error) {
	if heic.Dynamic() == nil {
		return plan{}, errNoSandbox
	}
	if hasAlpha(data) {
		return plan{}, errors.New("transparency is not supported, convert it to PNG") // the decoder garbles it
	}
	item := readPrimaryItem(data)
	item.turn = upright      // by then
	const bytesPerPixel = 47 // measured
	return d.planItem(item, data, bytesPerPixel, heic.Decode)
}
