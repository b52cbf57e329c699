package imageio

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"encoding/hex"
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
	const depth, interlace = 24, 28 // where they stand
	image, planes := 4., 3.
	if data[depth] == 16 {
		image = 8
	}
	if data[interlace] != 0 {
		image *= 2 // the passes
	}
	memory := perPixel(header.Width, header.Height, image+planes) + perPixel(header.Width, 2, 8) + int64(len(data))/4
	return d.byLibrary(memory, pngOrientation(data), data, png.Decode, newPicture), nil
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
