package imageio

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"encoding/hex"
	"image"
	"image/color"
	"image/png"
	"io"
	"iter"
)

func (d *Decoder) planPNG(data []byte, _ Preprocessing) (plan, error) {
	header, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return plan{}, err
	}
	if err := d.Limits.check(header.Width, header.Height); err != nil {
		return plan{}, err
	}
	return plan{memory: pngMemory(data, header), decode: func(ctx context.Context) (picture, error) {
		img, err := d.decodeByLibrary(ctx, data, png.Decode)
		if err != nil {
			return picture{}, err
		}
		pic, err := newPicture(ctx, img)
		pic.turn = pngOrientation(data)
		return pic, err
	}}, nil
}

// pngMemory is what a PNG file takes whose header png.DecodeConfig has read: the
// image, as much again for the passes of an interlaced one, three planes, and two
// rows at the least.
func pngMemory(data []byte, header image.Config) int64 {
	const depthAt, interlaceAt = 24, 28
	pixel := 4.
	if _, isPaletted := header.ColorModel.(color.Palette); isPaletted {
		pixel = 1
	} else if data[depthAt] == 16 {
		pixel = 8
	}
	rows := 2 * perPixel(header.Width, 1, 8)
	if data[interlaceAt] != 0 {
		pixel *= 2
	}
	return rows + perPixel(header.Width, header.Height, pixel+3)
}

// pngOrientation reads the orientation from where cameras' EXIF data ends up
// when pictures are converted: a chunk of its own, or, by ImageMagick, text.
func pngOrientation(data []byte) orientation {
	for name, content := range pngChunks(data) {
		switch name {
		case "eXIf":
			return exifOrientation(content)
		case "tEXt", "zTXt":
			if exif := rawProfile(name, content); exif != nil {
				return exifOrientation(bytes.TrimPrefix(exif, exifIntroducer))
			}
		}
	}
	return upright
}

// rawProfile returns the EXIF data in a text chunk that holds it: after its
// name and length on two lines, in hexadecimal.
func rawProfile(chunk string, content []byte) []byte {
	const maxProfile = 1 << 20
	keyword, text, _ := bytes.Cut(content, []byte{0})
	if string(keyword) != "Raw profile type exif" && string(keyword) != "Raw profile type APP1" {
		return nil
	}
	if chunk == "zTXt" && len(text) > 0 {
		inflated, err := zlib.NewReader(bytes.NewReader(text[1:]))
		if err != nil {
			return nil
		}
		text, _ = io.ReadAll(io.LimitReader(inflated, maxProfile))
	}
	lines := bytes.SplitN(bytes.TrimSpace(text), []byte("\n"), 3)
	if len(lines) < 3 {
		return nil
	}
	digits := bytes.Join(bytes.Fields(lines[2]), nil)
	exif := make([]byte, hex.DecodedLen(len(digits)))
	n, _ := hex.Decode(exif, digits)
	return exif[:n]
}

// pngChunks yields the name and content of each chunk, and ends silently where
// the file is cut off.
func pngChunks(data []byte) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		const signature, around = 8, 12
		for data := data[signature:]; len(data) >= around; {
			length := uint64(binary.BigEndian.Uint32(data))
			if length+around > uint64(len(data)) || !yield(string(data[4:8]), data[8:8+length]) {
				return
			}
			data = data[around+length:]
		}
	}
}
