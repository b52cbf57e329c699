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
	if avif.Dynamic() == nil {
		return plan{}, errNoSandbox
	}
	const bytesPerPixel = 66 // of 10-bit samples, measured
	item := readPrimaryItem(data)
	if item.turn == upright {
		item.turn = max(xmpOrientation(xmpPacket(data)), upright)
	}
	return d.planItem(item, data, bytesPerPixel, func(r io.Reader) (image.Image, error) { return avif.Decode(r) })
}

// errNoSandbox refuses images where the decoder's module has loaded a C library
// of the system, as it does unless it was built with the tag nodynamic. It is a
// limit of this build, which a store does not remember.
var errNoSandbox = overLimit("the decoder would run outside its sandbox: build the program with -tags nodynamic")
