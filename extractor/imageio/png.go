package imageio

import (
	"bytes"
	"cmp"
	"compress/zlib"
	"context"
	"encoding/binary"
	"encoding/hex"
	"image/png"
	"io"
	"iter"
	"slices"
)

func (d *Decoder) planPNG(data []byte, _ Preprocessing) (plan, error) {
	ordered, copied := withTransparencyLast(data), int64(0)
	if ordered != nil {
		copied = int64(len(data))
	} else {
		ordered = [][]byte{data}
	}
	var readers []io.Reader
	for _, part := range ordered {
		readers = append(readers, bytes.NewReader(part))
	}
	header, err := png.DecodeConfig(io.MultiReader(readers...))
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
	memory := perPixel(header.Width, header.Height, image+planes) + perPixel(header.Width, 2, 8) + int64(len(data))/4 + copied
	return plan{memory: memory, turn: pngOrientation(data), decode: func(ctx context.Context) (picture, error) {
		file := data
		if copied > 0 {
			file = slices.Concat(ordered...)
		}
		img, err := d.runLibrary(ctx, file, png.Decode)
		if err != nil {
			return picture{}, err
		}
		return newPicture(ctx, img)
	}}, nil
}

// withTransparencyLast moves the chunk tRNS behind PLTE, where the standard library
// needs it, and returns the parts of the file in that order, or nil where that is not
// before it.
func withTransparencyLast(data []byte) [][]byte {
	const signature, around = 8, 12
	var moved []byte
	at, from := signature, 0
	for name, content := range pngChunks(data) {
		chunk := data[at:][:len(content)+around]
		switch {
		case name == "IDAT" || name == "PLTE" && moved == nil:
			return nil
		case name == "tRNS":
			moved, from = chunk, at
		case name == "PLTE":
			end := at + len(chunk)
			return [][]byte{data[:from], data[from+len(moved) : end], moved, data[end:]}
		}
		at += len(chunk)
	}
	return nil
}

// pngOrientation reads the orientation from where cameras' EXIF data ends up
// when pictures are converted: a chunk of its own, or, by ImageMagick, text; or else
// from XMP. Of texts only the first of each kind is inflated.
func pngOrientation(data []byte) orientation {
	var profile, xmp []byte
	for name, content := range pngChunks(data) {
		switch {
		case name == "eXIf":
			if turn := exifTag(content); turn > 0 {
				return turn
			}
		case (name == "tEXt" || name == "zTXt") && profile == nil:
			profile = rawProfile(name, content)
		case name == "iTXt" && xmp == nil:
			xmp = internationalText(content, "XML:com.adobe.xmp")
		}
	}
	turn := exifTag(bytes.TrimPrefix(profile, exifIntroducer))
	return cmp.Or(turn, max(xmpOrientation(xmp), upright))
}

// internationalText is the text of an iTXt chunk with that keyword, or nil.
func internationalText(content []byte, keyword string) []byte {
	rest, ok := bytes.CutPrefix(content, []byte(keyword+"\x00"))
	const flags = 2 // whether it is compressed, and how
	if !ok || len(rest) < flags {
		return nil
	}
	isCompressed, rest := rest[0] == 1, rest[flags:]
	_, rest, _ = bytes.Cut(rest, []byte{0}) // language
	_, rest, _ = bytes.Cut(rest, []byte{0}) // translated keyword
	if isCompressed {
		return inflated(rest)
	}
	return rest
}

// mostText is how much of a text is looked at: the orientation stands at its beginning.
const mostText = 64 << 10

// inflated is what zlib made data of, as far as it goes.
func inflated(data []byte) []byte {
	r, err := zlib.NewReader(bytes.NewReader(data))
	if err != nil {
		return []byte{}
	}
	text, _ := io.ReadAll(io.LimitReader(r, mostText))
	return text
}

// rawProfile returns the EXIF data in a text chunk that holds it: after its
// name and length on two lines, in hexadecimal. It is nil where the text is another.
func rawProfile(chunk string, content []byte) []byte {
	keyword, text, _ := bytes.Cut(content, []byte{0})
	if string(keyword) != "Raw profile type exif" && string(keyword) != "Raw profile type APP1" {
		return nil
	}
	if chunk == "zTXt" && len(text) > 0 {
		text = inflated(text[1:])
	}
	lines := bytes.SplitN(bytes.TrimSpace(text[:min(len(text), mostText)]), []byte("\n"), 3)
	if len(lines) < 3 {
		return []byte{}
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
