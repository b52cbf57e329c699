package imageio

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"iter"

	"golang.org/x/image/webp"
)

// planWebP decodes a WebP file, of an animation the first frame.
func (d *Decoder) planWebP(data []byte, _ Preprocessing) (plan, error) {
	still, canvas, exif, xmp := webpFrame{file: data}, image.Rectangle{}, orientation(0), orientation(0)
	for id, content := range riffChunks(data[riffHeader:]) {
		switch id {
		case "EXIF":
			exif = exifTag(bytes.TrimPrefix(content, exifIntroducer))
		case "XMP ":
			xmp = xmpOrientation(content)
		case "VP8X":
			canvas = webpCanvas(content)
		case "ANMF":
			if still.isAnimated {
				continue
			}
			var err error
			if still, err = readWebPFrame(content); err != nil {
				return plan{}, err
			}
		}
	}
	header, err := webp.DecodeConfig(bytes.NewReader(still.file))
	if err != nil {
		return plan{}, err
	}
	if !still.isAnimated {
		canvas = image.Rect(0, 0, header.Width, header.Height)
	}
	if err := d.Limits.check(canvas.Dx(), canvas.Dy()); err != nil {
		return plan{}, err
	}
	if !image.Rect(0, 0, header.Width, header.Height).Add(still.at).In(canvas) {
		return plan{}, errors.New("frame lies outside the picture")
	}
	// The frame is padded to blocks of 16 pixels. Lossy ones have 1.5 bytes for a
	// pixel, their transparency 1, decoded like a lossless frame of at most 8.
	frame := map[color.Model]float64{color.YCbCrModel: 1.5, color.NYCbCrAModel: 1.5 + 8 + 1, color.NRGBAModel: 8}[header.ColorModel]
	const planes = 3
	memory := perPixel(roundUp(header.Width, 16), roundUp(header.Height, 16), frame) +
		perPixel(canvas.Dx(), canvas.Dy(), planes) + int64(len(data))
	turn := exif
	if turn == 0 {
		turn = max(xmp, upright)
	}
	return d.byLibrary(memory, turn, still.file, webp.Decode, func(ctx context.Context, img image.Image) (picture, error) {
		return webpPicture(ctx, still.opaque(img), still.at, canvas)
	}), nil
}

// webpPicture is newPicture for a frame on a canvas, minding that WebP's
// Y'CbCr has the range of video, which the standard library's types cannot
// say: by them, white would be grey.
func webpPicture(ctx context.Context, frame image.Image, at image.Point, canvas image.Rectangle) (picture, error) {
	var rows rowReader
	switch frame := frame.(type) {
	case *image.YCbCr:
		if frame.Rect == canvas {
			pic, err := newPicture(ctx, frame)
			pic.mixer = fromVideo
			return pic, err
		}
		rows = nycbcraRows(&image.NYCbCrA{YCbCr: *frame})
	case *image.NYCbCrA:
		rows = nycbcraRows(frame)
	default:
		rows = imageRows(frame)
	}
	pic := whitePicture(canvas.Dx(), canvas.Dy())
	return pic, pic.fill(ctx, frame.Bounds().Sub(frame.Bounds().Min).Add(at), rows)
}

// webpFrame is a still picture as a file of its own, and where it lies.
type webpFrame struct {
	file       []byte
	at         image.Point
	isAnimated bool
}

// opaque makes a lossless picture opaque that says it is. Its alpha is arbitrary, and
// nothing where an index is beyond the palette.
func (f *webpFrame) opaque(img image.Image) image.Image {
	const alphaBit, signature, sizes = 0x10, 0x2f, 4
	pixels, ok := img.(*image.NRGBA)
	if !ok {
		return img
	}
	for id, content := range riffChunks(f.file[riffHeader:]) {
		if id == "VP8L" && len(content) > sizes && content[0] == signature && content[sizes]&alphaBit == 0 {
			for i := 3; i < len(pixels.Pix); i += 4 {
				pixels.Pix[i] = 255
			}
		}
	}
	return img
}

// readWebPFrame makes a file of an ANMF chunk's content.
func readWebPFrame(content []byte) (webpFrame, error) {
	const header = 16
	if len(content) < header {
		return webpFrame{}, errors.New("frame has no header")
	}
	file := []byte("RIFF\x00\x00\x00\x00WEBP")
	if bytes.HasPrefix(content[header:], []byte("ALPH")) {
		const hasAlpha = 0x10
		file = append(file, "VP8X\x0a\x00\x00\x00"...)
		file = append(file, hasAlpha, 0, 0, 0)
		file = append(file, content[6:12]...) // width and height
	}
	file = append(file, content[header:]...)
	binary.LittleEndian.PutUint32(file[4:], uint32(len(file)-8))
	at := image.Pt(2*uint24(content), 2*uint24(content[3:]))
	return webpFrame{file, at, true}, nil
}

const riffHeader = 12

func isWebP(data []byte) bool {
	return len(data) >= riffHeader && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP"
}

func webpCanvas(vp8x []byte) image.Rectangle {
	if len(vp8x) < 10 {
		return image.Rectangle{}
	}
	return image.Rect(0, 0, uint24(vp8x[4:])+1, uint24(vp8x[7:])+1)
}

func uint24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

// riffChunks yields the name and content of each chunk, and ends silently
// where data is cut off.
func riffChunks(data []byte) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		const header = 8
		for len(data) >= header {
			length := int(binary.LittleEndian.Uint32(data[4:]))
			if length > len(data)-header || !yield(string(data[:4]), data[header:header+length]) {
				return
			}
			data = data[min(header+length+length%2, len(data)):]
		}
	}
}
