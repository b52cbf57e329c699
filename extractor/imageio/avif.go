package imageio

import (
	"bytes"
	"errors"

	"github.com/gen2brain/avif"
)

// readAVIF decodes an AVIF file, of a sequence the first picture. The decoder
// is libavif and dav1d in a WebAssembly sandbox; to compile them takes about a
// second, once in a process that meets such a file.
func (d *Decoder) readAVIF(data []byte, _ Preprocessing) (picture, error) {
	item := readPrimaryItem(data)
	if item.width == 0 {
		return picture{}, errNoSize
	}
	if err := d.Limits.check(item.width, item.height); err != nil {
		return picture{}, err
	}
	img, err := avif.Decode(bytes.NewReader(data))
	if err != nil {
		return picture{}, errDamaged
	}
	if err := d.Limits.check(img.Bounds().Dx(), img.Bounds().Dy()); err != nil {
		return picture{}, err
	}
	pic := newPicture(img)
	pic.turn = item.turn
	return pic, nil
}

var (
	errNoSize  = errors.New("the file does not say how large its picture is")
	errDamaged = errors.New("damaged or of an unsupported kind")
)
