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
	const bytesPerPixel = 66 // of 10-bit samples, measured
	return d.planItem(readPrimaryItem(data), data, bytesPerPixel, func(r io.Reader) (image.Image, error) { return avif.Decode(r) })
}
