package imageio

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"io"

	"github.com/digitalinnovationone/headstart/extractor/imageio/internal/baseline"
	"github.com/gen2brain/jpegn"
)

// readJPEG decodes a JPEG file: what cameras write with our own decoder, at a
// reduced size and only under the crop where that suffices, progressive files
// with jpegn, and the rest with the standard library.
func (d *Decoder) readJPEG(data []byte, p Preprocessing) (picture, error) {
	header := readJPEGHeader(data)
	if header.frame == 0 {
		return picture{}, errors.New("no picture in the file")
	}
	if err := d.Limits.check(header.width, header.height); err != nil {
		return picture{}, err
	}
	if err := header.isSupported(); err != nil {
		return picture{}, err
	}
	// One bit for each block is the least that a whole picture takes.
	const mostPixelsInByte = 1024
	if header.width*header.height > mostPixelsInByte*len(data) {
		return picture{}, io.ErrUnexpectedEOF
	}
	pic, err := d.decodeJPEG(data, header, p)
	pic.turn = header.turn
	return pic, err
}

func (d *Decoder) decodeJPEG(data []byte, header jpegHeader, p Preprocessing) (picture, error) {
	shrink := shrinkFor(header, p)
	decoded, err := d.baseline.Decode(data, baseline.Options{Shrink: shrink, Keep: keptPart(header, shrink, p)})
	if err == nil {
		return baselinePicture(decoded, shrink, header), nil
	}
	if !errors.Is(err, baseline.ErrUnsupported) {
		return picture{}, err
	}
	if header.frame == jpegProgressive && header.hasUsualColours() && endsProperly(data) {
		if img, err := jpegn.Decode(bytes.NewReader(data)); err == nil {
			return newPicture(img), nil
		}
	}
	img, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		return picture{}, err
	}
	return newPicture(img), nil
}

// endsProperly tells a whole file from one cut off, of which jpegn makes a
// picture without a word.
func endsProperly(data []byte) bool {
	return bytes.LastIndex(data, []byte{0xff, 0xd9}) > bytes.LastIndex(data, []byte{0xff, jpegScan})
}

// shrinkFor is how much of the reduction a decoder may do: what is left to
// the filter is at least two to one, so that the result hardly differs. Inks
// have to become colours at full size first.
func shrinkFor(h jpegHeader, p Preprocessing) int {
	shrink := 1
	for shrink < 8 && h.hasUsualColours() && min(h.width, h.height) >= 2*2*shrink*p.Resize {
		shrink *= 2
	}
	return shrink
}

// keptPart is the part of the stored picture that the crop is computed from.
func keptPart(h jpegHeader, shrink int, p Preprocessing) image.Rectangle {
	horizontal, vertical := sides(h.width, h.height, shrink, h.turn, p)
	fromX, toX := horizontal.reach(filters[p.Filter])
	fromY, toY := vertical.reach(filters[p.Filter])
	return image.Rect(fromX, fromY, toX, toY)
}

func baselinePicture(decoded baseline.Picture, shrink int, header jpegHeader) picture {
	if len(decoded.Planes) == 4 {
		pic := whitePicture(decoded.Width, decoded.Height)
		pic.fill(header.bounds(), inkRows(decoded.Planes, header.isYCCK))
		return pic
	}
	pic := picture{width: decoded.Width, height: decoded.Height, shrunk: shrink}
	if len(decoded.Planes) == 3 && !header.isRGB {
		pic.mixer = fromFull
	}
	for _, c := range decoded.Planes {
		horizontal, vertical := chromaGrids(c.Width, c.Height, c.Across, c.Down)
		pic.planes = append(pic.planes, plane{c.Samples, c.Stride, horizontal, vertical})
	}
	return pic
}

// inkRows reads cyan, magenta, yellow and black, which JPEG files hold
// inverted: 255 is no ink.
func inkRows(planes []baseline.Plane, isYCCK bool) rowReader {
	return func(y int, red, green, blue []uint8) {
		for x := range red {
			var ink [4]uint8
			for i := range planes {
				p := &planes[i]
				ink[i] = p.Samples[y/p.Down*p.Stride+x/p.Across]
			}
			if isYCCK {
				ink[0], ink[1], ink[2] = fullRange.convert(ink[0], ink[1], ink[2])
				// What the transform gives is inverted once more.
				ink[0], ink[1], ink[2] = 255-ink[0], 255-ink[1], 255-ink[2]
			}
			red[x], green[x], blue[x] = color.CMYKToRGB(255-ink[0], 255-ink[1], 255-ink[2], 255-ink[3])
		}
	}
}
