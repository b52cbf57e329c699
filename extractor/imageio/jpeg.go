package imageio

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"io"

	"github.com/digitalinnovationone/headstart/extractor/imageio/internal/jpeg"
)

// Markers of JPEG files; ITU-T T.81, table B.1.
const (
	jpegStart = 0xd8
	jpegEnd   = 0xd9
	jpegEXIF  = 0xe1 // APP1
)

// jpegHeader is a JPEG file's header, and how the picture is turned.
type jpegHeader struct {
	jpeg.Header
	turn orientation
}

func readJPEGHeader(data []byte) jpegHeader {
	h := jpegHeader{jpeg.ReadHeader(data), upright}
	for marker, segment := range jpeg.Segments(data) {
		if exif, ok := bytes.CutPrefix(segment, exifIntroducer); ok && marker == jpegEXIF && h.turn == upright {
			h.turn = exifOrientation(exif)
		}
	}
	return h
}

// planJPEG decodes a JPEG file, at a reduced size and only under the crop where
// that suffices.
func (d *Decoder) planJPEG(data []byte, p Preprocessing) (plan, error) {
	return d.planJPEGOf(readJPEGHeader(data), data, p)
}

// planJPEGOf is planJPEG where the header has been read, and may say another
// orientation than the file.
func (d *Decoder) planJPEGOf(header jpegHeader, data []byte, p Preprocessing) (plan, error) {
	if header.Frame == 0 {
		return plan{}, errors.New("no picture in the file")
	}
	if err := d.Limits.check(header.Width, header.Height); err != nil {
		return plan{}, err
	}
	if err := header.Supported(); err != nil {
		return plan{}, err
	}
	// One bit for each block is the least that a whole picture takes.
	const mostPixelsInByte = 1024
	if header.Width*header.Height > mostPixelsInByte*len(data) {
		return plan{}, io.ErrUnexpectedEOF
	}
	shrink := shrinkFor(header, p)
	options := jpeg.Options{Shrink: shrink, Keep: keptPart(header, shrink, p)}
	planes := 0.
	if len(header.Components) == 4*jpeg.Component {
		planes = 3
	}
	memory := header.Samples(shrink) + int64(len(data)) + perPixel(header.Width, header.Height, planes)
	if header.IsProgressive() {
		options.Scan = func(scans int) error { return d.Limits.checkScans(scans, header.Width, header.Height) }
		memory += jpeg.Coefficient * header.Samples(1)
	}
	made := plan{
		memory: memory,
		decode: func(ctx context.Context) (picture, error) {
			decoded, err := d.jpeg.Decode(ctx, data, options)
			if err != nil {
				return picture{}, err
			}
			return jpegPicture(ctx, decoded, shrink, header)
		},
		turn: header.turn,
	}
	switch {
	case !d.wantsThumbnail(p):
	case header.HasUsualColours():
		small := shrinkFor(header, thumbnail)
		options.Overview = small
		made.memory += header.Samples(small)
		made.overview = func(ctx context.Context) (picture, error) {
			return jpegPicture(ctx, d.jpeg.Overview(small), small, header)
		}
		if p == thumbnail { // and nothing else is wanted
			options.Keep = image.Rectangle{}
		}
	default:
		options.Keep = header.Bounds()
	}
	return made, nil
}

// shrinkFor is how much of the reduction a decoder may do. What a block's lowest
// frequencies lose shows the less the more is left to the filter: at least three to
// one, and four to one of means alone. Inks have to become colours at full size
// first.
func shrinkFor(h jpegHeader, p Preprocessing) int {
	scaled := p.Resize
	if p.View == SquareView {
		scaled = p.Crop
	}
	scale := min(h.Width, h.Height) / scaled
	switch {
	case !h.HasUsualColours() || scale < 2*3:
		return 1
	case scale < 4*3:
		return 2
	case scale < 8*4:
		return 4
	}
	return 8
}

// keptPart is the part of the stored picture that the tensor is computed from.
func keptPart(h jpegHeader, shrink int, p Preprocessing) image.Rectangle {
	if p.View == BothViews {
		return h.Bounds()
	}
	horizontal, vertical := sides(h.Width, h.Height, shrink, h.turn, p)
	fromX, toX := horizontal.reach(filters[p.Filter])
	fromY, toY := vertical.reach(filters[p.Filter])
	return image.Rect(fromX, fromY, toX, toY)
}

func jpegPicture(ctx context.Context, decoded jpeg.Picture, shrink int, header jpegHeader) (picture, error) {
	if len(decoded.Planes) == 4 {
		pic := whitePicture(decoded.Width, decoded.Height)
		return pic, pic.fill(ctx, header.Bounds(), inkRows(decoded.Planes, header.IsYCCK))
	}
	pic := picture{width: decoded.Width, height: decoded.Height, shrunk: shrink}
	if len(decoded.Planes) == 3 && !header.IsRGB {
		pic.mixer = fromFull
	}
	for _, c := range decoded.Planes {
		horizontal, vertical := chromaGrids(c.Width, c.Height, c.Across, c.Down)
		pic.planes = append(pic.planes, plane{c.Samples, c.Stride, horizontal, vertical})
	}
	return pic, nil
}

// inkRows reads cyan, magenta, yellow and black, which JPEG files hold
// inverted: 255 means no ink.
func inkRows(planes []jpeg.Plane, isYCCK bool) rowReader {
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
