package imageio

import (
	"bytes"
	"encoding/binary"
	"iter"
)

// The markers that are looked for; ITU-T T.81, table B.1.
const (
	jpegBaseline    = 0xc0 // start of frame, 8-bit Huffman
	jpegProgressive = 0xc2
	jpegScan        = 0xda
	jpegJFIF        = 0xe0 // APP0
	jpegEXIF        = 0xe1 // APP1
	jpegAdobe       = 0xee // APP14
)

// jpegHeader is what is known of a JPEG file before its first scan is decoded.
type jpegHeader struct {
	frame         byte // the start-of-frame marker, 0 if there is none
	bits          int  // per sample
	width, height int
	components    []byte // three bytes each: name, sampling factors, table
	isRGB         bool   // rather than Y'CbCr, where there are three components
	turn          orientation
}

func readJPEGHeader(data []byte) jpegHeader {
	h := jpegHeader{turn: upright}
	isJFIF := false
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
			h.isRGB = segment[11] == 0
		}
	}
	h.isRGB = !isJFIF && (h.isRGB || len(h.components) == 9 && h.components[0] == 'R' && h.components[3] == 'G' && h.components[6] == 'B')
	return h
}

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
		for rest := data[startOfImage:]; len(rest) >= 4; {
			if rest[0] != 0xff {
				return
			}
			marker := rest[1]
			if marker == 0xff {
				rest = rest[1:]
				continue
			}
			length := int(binary.BigEndian.Uint16(rest[2:]))
			if length < 2 || 2+length > len(rest) {
				return
			}
			if !yield(marker, rest[4:2+length]) || marker == jpegScan {
				return
			}
			rest = rest[2+length:]
		}
	}
}
