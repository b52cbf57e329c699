package imageio

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"slices"

	"github.com/digitalinnovationone/headstart/extractor/imageio/internal/jpeg"
)

const (
	jpegStart   = 0xd8
	jpegHuffman = 0xc4
	jpegQuant   = 0xdb
)

// layOutJPEG looks at the first block for the kind of JPEG. A picture of old-style
// JPEG is one block.
func (t *tiffPicture) layOutJPEG() error {
	var first []byte
	if t.compression == tiffOldJPEGCoding {
		const baselineProcess = 1
		if process := t.number(512, baselineProcess); process != baselineProcess {
			return errors.New("lossless JPEG is not supported")
		}
		t.blockWidth, t.blockHeight, t.perBlock = t.width, t.height, t.samples
		first = t.oldJPEG()
	} else if t.count(t.offsets) > 0 {
		first = t.block(0)
	}
	if len(first) < 2 {
		return errTooShort
	}
	header := readJPEGHeader(first)
	if header.frame == 0 {
		return errors.New("no JPEG picture in the first block")
	}
	t.progressive = header.frame == jpegProgressive
	return header.isSupported()
}

// decodeJPEG decodes a block that is a JPEG file, but for the tables that all
// blocks share or that stood in earlier ones.
func (b *tiffBlock) decodeJPEG(ctx context.Context, data []byte) error {
	const marker = 2
	if len(data) < marker {
		return errTooShort
	}
	own := data
	tables := b.tags[tiffJPEGTables].bytes
	if len(tables) >= 2*marker || len(b.carried) > 0 {
		b.buffer = append(b.buffer[:0], 0xff, jpegStart)
		if len(tables) >= 2*marker {
			b.buffer = append(b.buffer, tables[marker:len(tables)-marker]...)
		}
		b.buffer = append(append(b.buffer, b.carried...), data[marker:]...)
		data = b.buffer
	}
	if err := b.decodeStream(ctx, data); err != nil {
		return err
	}
	if b.blocks() > 1 {
		b.carryTables(own)
	}
	return nil
}

// carryTables keeps a block's tables for those after it, unless it has none.
func (t *tiffPicture) carryTables(data []byte) {
	const header = 2
	carried := t.carried[:0:0]
	for marker, segment := range jpegSegments(data) {
		if marker == jpegHuffman || marker == jpegQuant {
			carried = append(carried, 0xff, marker)
			carried = binary.BigEndian.AppendUint16(carried, uint16(len(segment)+header))
			carried = append(carried, segment...)
		}
	}
	if len(carried) > 0 {
		t.carried = carried
	}
}

// decodeStream decodes a whole JPEG file into the block's place.
func (b *tiffBlock) decodeStream(ctx context.Context, data []byte) error {
	const padding = 16
	header := readJPEGHeader(data)
	if header.width > roundUp(b.blockWidth, padding) || header.height > roundUp(b.blockHeight, padding) {
		return errDamaged
	}
	if header.frame == jpegProgressive {
		if !b.progressive { // memory is not reserved for it
			return errDamaged
		}
		if err := b.limits.checkScans(countScans(data), header.width, header.height); err != nil {
			return err
		}
	}
	pic, err := b.jpeg.Decode(ctx, data, jpeg.Options{Shrink: 1, Keep: header.bounds()})
	if err != nil {
		return err
	}
	if len(pic.Planes) != b.perBlock {
		return errDamaged
	}
	for i, plane := range pic.Planes {
		for y := range min(pic.Height, b.height-b.y) {
			out := b.out(i, y, pic.Width)
			row := plane.Samples[y/plane.Down*plane.Stride:]
			for x := range out {
				out[x] = row[x/plane.Across]
			}
		}
	}
	return nil
}

// decodeOldJPEG decodes what TIFF 6.0, section 22, calls JPEG.
func (t *tiffPicture) decodeOldJPEG(ctx context.Context) error {
	t.takeChannels()
	block := tiffBlock{tiffPicture: t}
	return block.decodeStream(ctx, t.oldJPEG())
}

// oldJPEG finds or makes the JPEG file in one of old-style JPEG: some hold a whole
// one, others its head and the blocks' data, or only tables.
func (t *tiffPicture) oldJPEG() []byte {
	blocks := t.count(t.offsets)
	isFile := func(data []byte) bool { return bytes.HasPrefix(data, []byte{0xff, jpegStart}) }
	var head []byte
	if at := t.number(tiffOldJPEG, 0); at > 0 && at < len(t.data) && isFile(t.data[at:]) {
		whole := t.data[at:]
		size := t.number(tiffOldJPEGSize, 0)
		within := blocks == 0 || size == 0 || t.numberAt(t.offsets, 0) >= at && t.numberAt(t.offsets, 0) < at+min(size, len(whole))
		if readJPEGHeader(whole).frame != 0 && within {
			return whole
		}
		head = whole[:min(size, len(whole))]
	}
	if blocks == 0 {
		return nil
	}
	if isFile(t.block(0)) {
		return t.block(0)
	}
	across, down := 2, 2
	if t.count(tiffSubsampling) >= 2 {
		across, down = t.numberAt(tiffSubsampling, 0), t.numberAt(tiffSubsampling, 1)
	}
	if t.samples == 1 {
		across, down = 1, 1
	}
	if len(head) == 0 || readJPEGHeader(head).frame == 0 {
		head = t.oldJPEGTables(across, down)
	}
	file := slices.Clone(head)
	if n := len(file); n >= 2 && file[n-2] == 0xff && file[n-1] == jpegEnd {
		file = file[:n-2]
	}
	if blocks > 1 {
		units := ceilDiv(t.width, 8*max(across, 1)) * ceilDiv(t.number(tiffStripRows, t.height), 8*max(down, 1))
		interval := t.number(tiffJPEGRestart, 0)
		if interval == 0 {
			interval = units
		}
		file = append(file, 0xff, 0xdd, 0, 4, byte(interval>>8), byte(interval))
	}
	if countScans(file) == 0 {
		file = append(file, 0xff, jpegScan, 0, byte(6+2*t.samples), byte(t.samples))
		for i := range t.samples {
			file = append(file, byte(i+1), byte(0x11*i))
		}
		file = append(file, 0, 63, 0)
	}
	for i := range blocks {
		if i > 0 {
			file = append(file, 0xff, 0xd0+byte((i-1)%8))
		}
		file = append(file, bytes.TrimSuffix(t.block(i), []byte{0xff, jpegEnd})...)
		if len(file) > 2*len(t.data)+1<<16 { // blocks that overlap
			return nil
		}
	}
	return append(file, 0xff, jpegEnd)
}

// oldJPEGTables makes the head of a JPEG file of tables that tags point to.
func (t *tiffPicture) oldJPEGTables(across, down int) []byte {
	head := []byte{0xff, jpegStart}
	samples := min(t.samples, 4)
	segment := func(marker, id byte, content []byte) {
		head = append(head, 0xff, marker, byte((len(content)+3)>>8), byte(len(content)+3), id)
		head = append(head, content...)
	}
	at := func(tag tiffTag, i int) []byte {
		if i >= t.count(tag) {
			return nil
		}
		return t.data[min(t.numberAt(tag, i), len(t.data)):]
	}
	for i := range samples {
		if quant := at(tiffJPEGQuant, i); len(quant) >= 64 {
			segment(jpegQuant, byte(i), quant[:64])
		}
		for class, tag := range []tiffTag{tiffJPEGDC, tiffJPEGAC} {
			const counts = 16
			if codes := at(tag, i); len(codes) >= counts {
				values := 0
				for _, n := range codes[:counts] {
					values += int(n)
				}
				segment(jpegHuffman, byte(class<<4|i), codes[:min(counts+values, len(codes))])
			}
		}
	}
	head = append(head, 0xff, 0xc0, 0, byte(8+3*samples), 8,
		byte(t.height>>8), byte(t.height), byte(t.width>>8), byte(t.width), byte(samples))
	for i := range samples {
		factors := byte(0x11)
		if i == 0 {
			factors = byte(across<<4 | down&15)
		}
		head = append(head, byte(i+1), factors, byte(i))
	}
	return head
}
