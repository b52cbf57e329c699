package imageio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"iter"

	"github.com/digitalinnovationone/headstart/extractor/imageio/internal/jpeg"
)

// The markers that are looked for; ITU-T T.81, table B.1.
const (
	jpegProgressive = 0xc2 // start of frame
	jpegEnd         = 0xd9
	jpegScan        = 0xda
	jpegJFIF        = 0xe0 // APP0
	jpegEXIF        = 0xe1 // APP1
	jpegAdobe       = 0xee // APP14
)

// jpegCoefficient is the bytes of each of a progressive file's.
const jpegCoefficient = 2

// jpegHeader is what is known of a JPEG file before its first scan is decoded.
type jpegHeader struct {
	frame         byte // the start-of-frame marker, 0 if it is missing
	bits          int  // per sample
	width, height int
	components    []byte // three bytes each: name, sampling factors, table
	isRGB         bool   // three components are red, green and blue, not Y'CbCr
	isYCCK        bool   // of four components three are Y'CbCr, not inks
	turn          orientation
}

func readJPEGHeader(data []byte) jpegHeader {
	h := jpegHeader{turn: upright}
	isJFIF, transform := false, noTransform
	for marker, segment := range jpegSegments(data) {
		switch {
		case isFrame(marker) && len(segment) >= 6 && h.frame == 0:
			h.frame, h.bits = marker, int(segment[0])
			h.height = int(binary.BigEndian.Uint16(segment[1:]))
			h.width = int(binary.BigEndian.Uint16(segment[3:]))
			h.components = segment[6:]
		case marker == jpegEXIF && h.turn == upright:
			if exif, ok := bytes.CutPrefix(segment, exifIntroducer); ok {
				h.turn = exifOrientation(exif)
			}
		case marker == jpegJFIF && bytes.HasPrefix(segment, []byte("JFIF\x00")):
			isJFIF = true
		case marker == jpegAdobe && len(segment) >= 12 && bytes.HasPrefix(segment, []byte("Adobe")):
			transform = int(segment[11])
		}
	}
	// As in libjpeg's jdapimin.c.
	switch c := h.components; {
	case len(c) == 9:
		h.isRGB = !isJFIF && (transform == 0 || transform == noTransform && c[0] == 'R' && c[3] == 'G' && c[6] == 'B')
	case len(c) == 12:
		h.isYCCK = transform > 0
	}
	return h
}

// noTransform stands for the absence of Adobe's marker, whose last byte says
// which transform of colours there is: 0 for none.
const noTransform = -1

// isFrame tells the start-of-frame markers from the tables that stand among
// them.
func isFrame(marker byte) bool {
	return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc
}

// jpegSegments yields the marker and the content of each segment, the header
// of the first scan last. It ends silently where the file is cut off.
func jpegSegments(data []byte) iter.Seq2[byte, []byte] {
	return func(yield func(byte, []byte) bool) {
		const startOfImage = 2
		for rest := data[startOfImage:]; ; {
			marker, segment, after, ok := jpeg.NextSegment(rest)
			if !ok || !yield(marker, segment) || marker == jpegScan {
				return
			}
			rest = after
		}
	}
}

// isSupported says what no decoder here can do.
func (h *jpegHeader) isSupported() error {
	const lossless, firstArithmetic = 0xc3, 0xc9
	switch {
	case h.frame == lossless:
		return errors.New("lossless coding is not supported")
	case h.frame > lossless && h.frame < firstArithmetic:
		return errors.New("hierarchical coding is not supported")
	case h.frame >= firstArithmetic:
		return errors.New("arithmetic coding is not supported")
	case h.bits != 8:
		return fmt.Errorf("samples of %d bits are not supported", h.bits)
	}
	return nil
}

// jpegComponent is the bytes of a component in the header.
const jpegComponent = 3

// hasUsualColours reports whether the picture is grey or Y'CbCr.
func (h *jpegHeader) hasUsualColours() bool {
	return len(h.components) <= 3*jpegComponent && !h.isRGB
}

// samples is the number of samples of all components, padded to coded units, as
// decoded to 1/shrink of the size. Components that are subsampled need less
// reduction to come to that.
func (h *jpegHeader) samples(shrink int) (total int64) {
	factors := func(i int) (across, down int) { return int(h.components[i+1] >> 4), int(h.components[i+1] & 15) }
	mostAcross, mostDown := 1, 1
	for i := 0; i+jpegComponent <= len(h.components); i += jpegComponent {
		across, down := factors(i)
		mostAcross, mostDown = max(mostAcross, across), max(mostDown, down)
	}
	units := int64(ceilDiv(h.width, 8*mostAcross)) * int64(ceilDiv(h.height, 8*mostDown))
	for i := 0; i+jpegComponent <= len(h.components); i += jpegComponent {
		across, down := factors(i)
		reduced := max(shrink/min(mostAcross/max(across, 1), mostDown/max(down, 1)), 1)
		total += units * 64 * int64(across*down) / int64(reduced*reduced)
	}
	return total
}

// countScans counts the scans that a decoder would find in a file.
func countScans(data []byte) (scans int) {
	const startOfImage = 2
	for rest := data[startOfImage:]; ; {
		marker, _, after, ok := jpeg.NextSegment(rest)
		if !ok || marker == jpegEnd {
			return scans
		}
		if marker == jpegScan {
			scans++
		}
		rest = after
	}
}

func (h *jpegHeader) bounds() image.Rectangle { return image.Rect(0, 0, h.width, h.height) }
