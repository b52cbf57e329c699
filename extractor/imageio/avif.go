package imageio

import (
	"image"
	"io"

	"github.com/gen2brain/avif"
)

// planAVIF decodes an AVIF file, of a sequence the first picture. The decoder
// is libavif and dav1d in a WebAssembly sandbox; to compile them takes about a
// second, once in a process that meets such a file.
func (d *Decoder) planAVIF(data []byte, _ Preprocessing) (plan, error) {
	item := readPrimaryItem(data)
	return d.planItem(item, data, func(r io.Reader) (image.Image, error) { return avif.Decode(r) }, func(pic *picture) {
		pic.turn = item.turn
	})
}
