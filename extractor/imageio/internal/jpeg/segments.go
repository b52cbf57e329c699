package jpeg

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
)

// Markers of ITU-T T.81, table B.1.
const (
	markerSOF0 = 0xc0 // baseline
	markerSOF1 = 0xc1 // extended sequential
	markerSOF2 = 0xc2 // progressive
	markerDHT  = 0xc4
	markerRST0 = 0xd0
	markerRST7 = 0xd7
	markerEOI  = 0xd9
	markerSOS  = 0xda
	markerDQT  = 0xdb
	markerDRI  = 0xdd
)

// What is wrong with a file that is not decoded.
var (
	errCoding    = errors.New("neither sequential nor progressive Huffman coding")
	errFrame     = errors.New("the frame header is damaged")
	errFractions = errors.New("components sampled at fractions of each other are not supported")
	errQuant     = errors.New("a quantisation table is damaged or missing")
	errHuffman   = errors.New("a Huffman table is damaged or missing")
	errScan      = errors.New("a scan header is damaged")
	errRestart   = errors.New("the restart interval is damaged")
)

// readSegments goes through the file until every component has been decoded. Of a
// progressive file that is its end.
func (d *Decoder) readSegments(ctx context.Context, data []byte, o Options) error {
	d.components, d.restart = d.components[:0], 0
	if !o.KeepTables {
		d.known = [3]uint8{}
	}
	const startOfImage = 2
	scans := 0
	for rest := data[min(startOfImage, len(data)):]; ; {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		marker, segment, after, ok := NextSegment(rest)
		if !ok {
			return ErrTruncated
		}
		rest = after
		var err error
		switch marker {
		case markerSOF0, markerSOF1, markerSOF2:
			d.progressive = marker == markerSOF2
			err = d.readFrame(segment, o)
		case markerDHT:
			err = d.readHuffmanTables(segment)
		case markerDQT:
			err = d.readQuantisation(segment)
		case markerDRI:
			if len(segment) < 2 {
				return errRestart
			}
			d.restart = int(binary.BigEndian.Uint16(segment))
		case markerSOS:
			if scans++; o.Scan != nil {
				if err := o.Scan(scans); err != nil {
					return err
				}
			}
			rest, err = d.readScan(ctx, segment, rest)
			if err == nil && !d.progressive && d.done() {
				return nil
			}
		case markerEOI:
			if d.progressive && d.done() {
				return nil
			}
			return ErrTruncated
		default:
			const last = 0xcf // of those that begin a frame, or belong to arithmetic coding
			if marker >= markerSOF0 && marker <= last {
				return errCoding
			}
		}
		if err != nil {
			return err
		}
	}
}

func (d *Decoder) done() bool {
	for i := range d.components {
		if !d.components[i].done {
			return false
		}
	}
	return len(d.components) > 0
}

// NextSegment splits the next marker and the segment that belongs to it off
// data, skipping anything but markers, as libjpeg does. ok is false
// where the data ends first. After a start of scan (0xda) comes entropy-coded
// data, in which there are no segments.
func NextSegment(data []byte) (marker byte, segment, rest []byte, ok bool) {
	for len(data) >= 2 {
		if data[0] != 0xff || data[1] == 0xff || data[1] == 0 {
			data = data[1:]
			continue
		}
		marker, data = data[1], data[2:]
		const temporary = 0x01
		switch {
		case marker == markerEOI:
			return marker, nil, data, true
		case marker == temporary || marker >= markerRST0 && marker <= markerRST7:
			continue
		case len(data) < 2:
			return 0, nil, nil, false
		}
		length := int(binary.BigEndian.Uint16(data))
		if length < 2 || length > len(data) {
			return 0, nil, nil, false
		}
		return marker, data[2:length], data[length:], true
	}
	return 0, nil, nil, false
}

func (d *Decoder) readFrame(segment []byte, o Options) error {
	if len(segment) < 6 || len(d.components) > 0 {
		return errFrame
	}
	bits, count := segment[0], int(segment[5])
	d.height = int(binary.BigEndian.Uint16(segment[1:]))
	d.width = int(binary.BigEndian.Uint16(segment[3:]))
	segment = segment[6:]
	switch {
	case bits != 8:
		return fmt.Errorf("samples of %d bits are not supported", bits)
	case count != 1 && count != 3 && count != 4:
		return fmt.Errorf("a picture of %d components is not supported", count)
	case d.width == 0 || d.height == 0 || len(segment) != 3*count:
		return errFrame
	}
	d.components = grow(d.components, count)
	d.maxH, d.maxV = 1, 1
	for i := range d.components {
		c := &d.components[i]
		*c = component{
			name: segment[3*i], h: int(segment[3*i+1] >> 4), v: int(segment[3*i+1] & 15), quant: segment[3*i+2],
			coefficients: c.coefficients, decoded: c.decoded, overview: c.overview,
		}
		if c.h < 1 || c.h > 4 || c.v < 1 || c.v > 4 || c.quant > 3 {
			return errFrame
		}
		if count == 1 {
			c.h, c.v = 1, 1 // one component is never interleaved
		}
		d.maxH, d.maxV = max(d.maxH, c.h), max(d.maxV, c.v)
	}
	for i := range d.components {
		if !d.layOut(&d.components[i], o) {
			return errFractions
		}
	}
	return nil
}

// layOut determines a component's blocks and takes memory for its samples. It
// reports false where a sample does not cover whole pixels.
func (d *Decoder) layOut(c *component, o Options) bool {
	if d.maxH%c.h != 0 || d.maxV%c.v != 0 {
		return false
	}
	across, down := d.maxH/c.h, d.maxV/c.v
	c.width, c.height = ceilDiv(d.width, across), ceilDiv(d.height, down)
	c.columns = ceilDiv(d.width, 8*d.maxH) * c.h
	c.rows = ceilDiv(d.height, 8*d.maxV) * c.v
	c.keep = image.Rect(
		o.Keep.Min.X/(8*across)-1, o.Keep.Min.Y/(8*down)-1,
		ceilDiv(o.Keep.Max.X, 8*across)+1, ceilDiv(o.Keep.Max.Y, 8*down)+1,
	)
	c.decoded.layOut(c, across, down, o.Shrink)
	if c.overview.side = 0; o.Overview > 0 && c == &d.components[0] {
		c.overview.layOut(c, across, down, o.Overview)
	}
	if d.progressive {
		c.coefficients = grow(c.coefficients, c.columns*c.rows*blockSize)
		clear(c.coefficients)
	}
	return true
}

// layOut takes memory for a component's samples at 1/shrink of the size.
func (s *samples) layOut(c *component, across, down, shrink int) {
	// A subsampled component needs less reduction to come to the same size. Its
	// samples must cover whole pixels still, which those of three pixels do not.
	reduced := max(shrink/min(across, down), 1)
	if across*reduced%max(shrink, 1) != 0 || down*reduced%max(shrink, 1) != 0 {
		reduced = shrink
	}
	s.side = 8 / reduced
	s.of = grow(s.of, c.columns*c.rows*s.side*s.side)
}

func (d *Decoder) readQuantisation(segment []byte) error {
	for len(segment) > 0 {
		wide, id := segment[0]>>4, segment[0]&15
		size := 64 * (1 + int(wide))
		if wide > 1 || id > 3 || len(segment) < 1+size {
			return errQuant
		}
		for i := range 64 {
			if wide == 1 {
				d.quant[id][i] = int32(binary.BigEndian.Uint16(segment[1+2*i:]))
			} else {
				d.quant[id][i] = int32(segment[1+i])
			}
		}
		d.known[0] |= 1 << id
		segment = segment[1+size:]
	}
	return nil
}

func (d *Decoder) readHuffmanTables(segment []byte) error {
	for len(segment) > 0 {
		if len(segment) < 17 {
			return errHuffman
		}
		class, id := segment[0]>>4, segment[0]&15
		if class > 1 || id > 3 {
			return errHuffman
		}
		table := &d.dc[id]
		if class == 1 {
			table = &d.ac[id]
		}
		used, ok := table.build((*[16]byte)(segment[1:]), segment[17:])
		if !ok {
			return errHuffman
		}
		d.known[1+class] |= 1 << id
		segment = segment[17+used:]
	}
	return nil
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }

// mostKept is the bytes of a buffer that are kept from one file to the next.
const mostKept = 16 << 20

// grow returns a slice of length n, in the memory of s if that suffices and
// the surplus is not too large to keep.
func grow[T any](s []T, n int) []T {
	if cap(s) < n || cap(s)-n > mostKept {
		return make([]T, n)
	}
	return s[:n]
}
