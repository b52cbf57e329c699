package imageio

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
	"slices"

	"github.com/digitalinnovationone/headstart/extractor/imageio/internal/tiff"
)

// gifFrame is the first picture of a GIF file, and what precedes it.
type gifFrame struct {
	canvas     image.Rectangle
	place      image.Rectangle // of the frame on the canvas
	palette    color.Palette
	interlaced bool
	literal    int    // bits of a pixel's code
	blocks     []byte // of codes, each after its length
}

// planGIF decodes a GIF file's first frame. Where that leaves the picture
// uncovered, it is white if the frame has transparency, and of the palette's
// first colour otherwise; where it reaches beyond the picture, that is enlarged, as in
// Pillow. The standard library refuses such frames, pixels of more than 8 bits and
// data after the last pixel.
func (d *Decoder) planGIF(data []byte, _ Preprocessing) (plan, error) {
	frame, err := readGIF(data)
	if err == nil || !frame.canvas.Empty() {
		err = cmp.Or(d.Limits.check(frame.canvas.Dx(), frame.canvas.Dy()), err)
	}
	if err != nil {
		return plan{}, err
	}
	const indices, planes = 1, 3
	memory := perPixel(frame.canvas.Dx(), frame.canvas.Dy(), indices+planes) + int64(len(frame.blocks))
	return plan{memory: memory, turn: upright, decode: frame.decode}, nil
}

// Blocks of a GIF file (https://www.w3.org/Graphics/GIF/spec-gif89a.txt).
const (
	gifExtension = '!'
	gifControl   = 0xf9
	gifImage     = ','
	gifPalette   = 0x80 // a flag: there is one, of 2 << size colours
	gifSize      = 0x07
)

func readGIF(data []byte) (frame gifFrame, err error) {
	const header, descriptor = 13, 10
	if len(data) < header {
		return frame, io.ErrUnexpectedEOF
	}
	le := binary.LittleEndian
	width, height := int(le.Uint16(data[6:])), int(le.Uint16(data[8:]))
	frame.canvas = image.Rect(0, 0, width, height)
	palette, rest, err := readGIFPalette(data[10], data[header:])
	if err != nil {
		return frame, err
	}
	transparent := -1
	for len(rest) > 0 {
		switch rest[0] {
		case gifExtension:
			if len(rest) < 2 {
				return frame, io.ErrUnexpectedEOF
			}
			const flags, index, usesIndex = 1, 4, 1
			content := rest[2:]
			if rest[1] == gifControl && len(content) > index && content[0] >= 4 && content[flags]&usesIndex == 1 {
				transparent = int(content[index])
			}
			_, rest = gifBlocks(content)
		case gifImage:
			if len(rest) < descriptor {
				return frame, io.ErrUnexpectedEOF
			}
			left, top := int(le.Uint16(rest[1:])), int(le.Uint16(rest[3:]))
			frame.place = image.Rect(left, top, left+int(le.Uint16(rest[5:])), top+int(le.Uint16(rest[7:])))
			frame.interlaced = rest[9]&0x40 != 0
			own, pixels, err := readGIFPalette(rest[9], rest[descriptor:])
			if err != nil || len(pixels) == 0 {
				return frame, io.ErrUnexpectedEOF
			}
			frame.palette = gifColours(palette, own, transparent)
			frame.canvas = image.Rect(0, 0, max(width, frame.place.Max.X), max(height, frame.place.Max.Y))
			if frame.literal = int(pixels[0]); frame.literal < 1 || frame.literal > 12 {
				return frame, fmt.Errorf("pixels of %d bits are not supported", frame.literal)
			}
			if frame.place.Empty() {
				return frame, errors.New("the frame is empty")
			}
			frame.blocks, _ = gifBlocks(pixels[1:])
			return frame, nil
		case ';':
			return frame, errors.New("no picture in the file")
		default: // what does not belong there is passed over, as in Pillow
			rest = rest[1:]
		}
	}
	return frame, io.ErrUnexpectedEOF
}

func readGIFPalette(flags byte, data []byte) (palette, rest []byte, err error) {
	if flags&gifPalette == 0 {
		return nil, data, nil
	}
	size := 3 * (2 << (flags & gifSize))
	if len(data) < size {
		return nil, nil, io.ErrUnexpectedEOF
	}
	return data[:size], data[size:], nil
}

// gifColours are those of a frame: of its palette or else of the picture's, or levels
// of grey.
func gifColours(global, own []byte, transparent int) color.Palette {
	if own != nil {
		global = own
	}
	palette := make(color.Palette, len(global)/3)
	for i := range palette {
		palette[i] = color.RGBA{global[3*i], global[3*i+1], global[3*i+2], 255}
	}
	if global == nil {
		for i := range 256 {
			palette = append(palette, color.Gray{uint8(i)})
		}
	}
	for transparent >= len(palette) {
		palette = append(palette, color.Black)
	}
	if transparent >= 0 {
		palette[transparent] = color.Transparent
	}
	return palette
}

// gifBlocks splits the blocks at the beginning of data off it, to the empty one.
func gifBlocks(data []byte) (blocks, rest []byte) {
	at := 0
	for at < len(data) && data[at] > 0 {
		at += 1 + int(data[at])
	}
	at = min(at, len(data))
	return data[:at], data[min(at+1, len(data)):]
}

func (frame *gifFrame) decode(ctx context.Context) (picture, error) {
	codes := make([]byte, 0, len(frame.blocks)) // as reserved
	for blocks := frame.blocks; len(blocks) > 0; {
		size := min(int(blocks[0]), len(blocks)-1)
		codes = append(codes, blocks[1:1+size]...)
		blocks = blocks[1+size:]
	}
	pixels := tiff.NewLZWReader(codes, true, 0, frame.literal)
	indices := image.NewPaletted(frame.place, frame.palette)
	width, height := frame.place.Dx(), frame.place.Dy()
	passes := []struct{ from, step int }{{0, 1}}
	if frame.interlaced {
		passes = []struct{ from, step int }{{0, 8}, {4, 8}, {2, 4}, {1, 2}}
	}
	for _, pass := range passes {
		for y := pass.from; y < height; y += pass.step {
			if err := ctx.Err(); err != nil {
				return picture{}, err
			}
			if _, err := io.ReadFull(pixels, indices.Pix[y*indices.Stride:][:width]); err != nil {
				return picture{}, err
			}
		}
	}
	return gifPicture(ctx, indices, frame.canvas)
}

func gifPicture(ctx context.Context, frame *image.Paletted, canvas image.Rectangle) (picture, error) {
	pic := whitePicture(canvas.Dx(), canvas.Dy())
	if !slices.ContainsFunc(frame.Palette, isTransparent) {
		background := image.NewPaletted(image.Rect(0, 0, canvas.Dx(), 1), frame.Palette)
		background.Stride = 0 // the one row is every row
		if err := pic.fill(ctx, canvas, palettedRows(background)); err != nil {
			return picture{}, err
		}
	}
	return pic, pic.fill(ctx, frame.Rect, palettedRows(frame))
}

func isTransparent(c color.Color) bool {
	_, _, _, alpha := c.RGBA()
	return alpha == 0
}
