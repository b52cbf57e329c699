package imageio

import (
	"image"
	"io"

	"github.com/gen2brain/avif"
)

// readAVIF decodes an AVIF file, of a sequence the first picture. The decoder
// is libavif and dav1d in a WebAssembly sandbox; to compile them takes about a
// second, once in a process that meets such a file.
func (d *Decoder) readAVIF(data []byte, _ Preprocessing) (picture, error) {
	item := readPrimaryItem(data)
	pic, err := d.decodeItem(item, data, func(r io.Reader) (image.Image, error) { return avif.Decode(r) })
	pic.turn = item.turn
	return pic, err
}
