package jpeg

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"iter"
)

const (
	markerJFIF  = 0xe0 // APP0
	markerAdobe = 0xee // APP14
)

// Coefficient is the bytes of each of a progressive file's.
const Coefficient = 2

// Header is what is known of a JPEG file before its first scan is decoded.
type Header struct {
	Frame         byte // the start-of-frame marker, 0 if it is missing
	Bits          int  // per sample
	Width, Height int
	Components    []byte // three bytes each: name, sampling factors, table
	IsRGB         bool   // three components are red, green and blue, not Y'CbCr
	IsYCCK        bool   // of four components three are Y'CbCr, not inks
}

// ReadHeader reads the segments before the first scan, as far as they are there.
func ReadHeader(data []byte) Header {
	h := Header{}
	isJFIF, transform := false, noTransform
	for marker, segment := range Segments(data) {
		switch {
		case isFrame(marker) && len(segment) >= 6 && h.Frame == 0:
			h.Frame, h.Bits = marker, int(segment[0])
			h.Height = int(binary.BigEndian.Uint16(segment[1:]))
			h.Width = int(binary.BigEndian.Uint16(segment[3:]))
			h.Components = segment[6:min(6+Component*int(segment[5]), len(segment))]
		case marker == markerJFIF && bytes.HasPrefix(segment, []byte("JFIF\x00")):
			isJFIF = true
		case marker == markerAdobe && len(segment) >= 12 && bytes.HasPrefix(segment, []byte("Adobe")):
			transform = int(segment[11])
		}
	}
	// As in libjpeg's jdapimin.c.
	switch c := h.Components; {
	case len(c) == 9:
		h.IsRGB = !isJFIF && (transform == 0 || transform == noTransform && c[0] == 'R' && c[3] == 'G' && c[6] == 'B')
	case len(c) == 12:
		h.IsYCCK = transform > 0
	}
	return h
}

// noTransform stands for the absence of Adobe's marker, whose last byte says
// which transform of colours there is: 0 for none.
const noTransform = -1

// IsProgressive reports whether the file is decoded from several scans.
func (h *Header) IsProgressive() bool { return h.Frame == markerSOF2 }

// isFrame tells the start-of-frame markers from the tables that stand among
// them.
func isFrame(marker byte) bool {
	return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc
}

// Segments yields the marker and the content of each segment, the header
// of the first scan last. It ends silently where the file is cut off.
func Segments(data []byte) iter.Seq2[byte, []byte] {
	return func(yield func(byte, []byte) bool) {
		const startOfImage = 2
		for rest := data[startOfImage:]; ; {
			marker, segment, after, ok := NextSegment(rest)
			if !ok || !yield(marker, segment) || marker == markerSOS {
				return
			}
			rest = after
		}
	}
}

// Supported says what the Decoder cannot do.
func (h *Header) Supported() error {
	const lossless, firstArithmetic = 0xc3, 0xc9
	switch {
	case h.Frame == lossless:
		return errors.New("lossless coding is not supported")
	case h.Frame > lossless && h.Frame < firstArithmetic:
		return errors.New("hierarchical coding is not supported")
	case h.Frame >= firstArithmetic:
		return errors.New("arithmetic coding is not supported")
	case h.Bits != 8:
		return fmt.Errorf("samples of %d bits are not supported", h.Bits)
	}
	return nil
}

// Component is the bytes of a component in the header.
const Component = 3

// HasUsualColours reports whether the picture is grey or Y'CbCr.
func (h *Header) HasUsualColours() bool {
	return len(h.Components) <= 3*Component && !h.IsRGB
}

// Samples is the number of samples of all components, padded to coded units, as
// decoded to 1/shrink of the size. Components that are subsampled need less
// reduction to come to that.
func (h *Header) Samples(shrink int) (total int64) {
	factors := func(i int) (across, down int) { return int(h.Components[i+1] >> 4), int(h.Components[i+1] & 15) }
	mostAcross, mostDown := 1, 1
	for i := 0; i+Component <= len(h.Components); i += Component {
		across, down := factors(i)
		mostAcross, mostDown = max(mostAcross, across), max(mostDown, down)
	}
	units := int64(ceilDiv(h.Width, 8*mostAcross)) * int64(ceilDiv(h.Height, 8*mostDown))
	for i := 0; i+Component <= len(h.Components); i += Component {
		across, down := factors(i)
		reduced := max(shrink/min(mostAcross/max(across, 1), mostDown/max(down, 1)), 1)
		total += units * 64 * int64(across*down) / int64(reduced*reduced)
	}
	return total
}

// Bounds are the picture's pixels.
func (h *Header) Bounds() image.Rectangle { return image.Rect(0, 0, h.Width, h.Height) }
