package heif

import (
	"encoding/binary"

	"github.com/tetratelabs/wazero"
)

// codec is a kind of bitstream, and what its decoder takes.
type codec struct {
	module   func() (wazero.CompiledModule, error)
	pictures float64 // held at once
	perPixel float64 // bytes besides
	data     int64   // copies of the bitstream
}

// TestSandboxIsEnough measures these. libde265 keeps how each block was coded; dav1d
// holds a picture before and after its grain is put on.
var (
	hevc = &codec{hevcDecoder, 1.25, 3.75, 3}
	av1  = &codec{av1Decoder, 2.1, 1.5, 1}
)

// sandbox is the memory to decode a source in.
func (s *source) sandbox() int64 {
	const besides = 4 << 20
	// Decoders work on whole blocks, and keep a margin.
	width, height := int64(s.width+191)&^63, int64(s.height+191)&^63
	samples := pictureBytes(int(width), int(height), s.chroma)
	if s.bits > 8 {
		samples *= 2
	}
	length := int64(0)
	for _, piece := range s.pieces {
		length += int64(len(piece))
	}
	return besides + int64(s.codec.pictures*float64(samples)+s.codec.perPixel*float64(width*height)) + s.codec.data*length
}

// readHEVC reads the parameter sets of hvcC (ISO/IEC 14496-15) and puts the data's
// NAL units after them, each with its length in four bytes.
func (s *source) readHEVC(it *item, data []byte, units *int) error {
	s.codec = hevc
	hvcC := Fields(it.property("hvcC"))
	if len(hvcC) < 23 {
		return errDamaged
	}
	s.chroma = int(hvcC[16] & 3)
	s.bits = 8 + int(max(hvcC[17]&7, hvcC[18]&7))
	lengthBytes := int(hvcC[21]&3) + 1
	hvcC = hvcC[22:]
	for range hvcC.Take(1) {
		hvcC.Take(1) // type
		for range hvcC.Take(2) {
			if len(hvcC) == 0 {
				break
			}
			if err := s.addUnit(hvcC.Bytes(hvcC.Take(2)), units); err != nil {
				return err
			}
		}
	}
	if lengthBytes == 4 {
		s.pieces = append(s.pieces, data)
		return nil
	}
	for left := Fields(data); len(left) > lengthBytes; {
		if err := s.addUnit(left.Bytes(left.Take(lengthBytes)), units); err != nil {
			return err
		}
	}
	return nil
}

// addUnit adds a NAL unit, unless it is too short to be one. Those of all items
// are counted.
func (s *source) addUnit(unit []byte, units *int) error {
	if len(unit) < 2 {
		return nil
	}
	if *units--; *units < 0 {
		return errDamaged
	}
	s.pieces = append(s.pieces, binary.BigEndian.AppendUint32(nil, uint32(len(unit))), unit)
	return nil
}

// readAV1 reads av1C, of which the decoder needs nothing.
func (s *source) readAV1(it *item, data []byte) error {
	s.codec, s.pieces = av1, [][]byte{data}
	av1C := it.property("av1C")
	if len(av1C) < 4 {
		return errDamaged
	}
	s.bits = 8
	if av1C[2]&0x40 != 0 {
		s.bits = 12 // or 10
	}
	switch {
	case av1C[2]&0x10 != 0:
		s.chroma = 0
	case av1C[2]&0x0c == 0x0c:
		s.chroma = 1
	case av1C[2]&0x0c == 0x08:
		s.chroma = 2
	default:
		s.chroma = 3
	}
	if a1op := it.property("a1op"); len(a1op) >= 1 {
		s.operating = uint64(a1op[0] & 31)
	}
	return nil
}
