package tiff

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/digitalinnovationone/headstart/extractor/imageio/internal/jpeg"
)

// errDamaged is of blocks that overlap or are of another kind than the first.
var errDamaged = errors.New("damaged or of an unsupported kind")

const (
	jpegStart   = 0xd8
	jpegEnd     = 0xd9
	jpegScan    = 0xda
	jpegHuffman = 0xc4
	jpegQuant   = 0xdb
)

// layOutJPEG looks at the first block for the kind of JPEG. A picture of old-style
// JPEG is one block.
func (t *Picture) layOutJPEG() error {
	var first []byte
	if t.Compression == OldJPEGCoding {
		const baselineProcess = 1
		if process := t.Number(512, baselineProcess); process != baselineProcess {
			return errors.New("lossless JPEG is not supported")
		}
		t.blockWidth, t.blockHeight, t.perBlock = t.Width, t.Height, t.samples
		first, _ = t.oldJPEGHead()
	} else if t.Count(t.offsets) > 0 {
		first = t.block(0)
	}
	if len(first) < 2 {
		return io.ErrUnexpectedEOF
	}
	header := jpeg.ReadHeader(first)
	if header.Frame == 0 {
		return errors.New("no JPEG picture in the first block")
	}
	t.progressive = header.IsProgressive()
	return header.Supported()
}

// decodeJPEG decodes a block that is a JPEG file, but for the tables that all
// blocks share or that stood in earlier ones.
func (b *block) decodeJPEG(ctx context.Context, data []byte) error {
	const marker = 2
	if len(data) < marker {
		return io.ErrUnexpectedEOF
	}
	isFirst := b.x == 0 && b.y == 0 && b.plane == 0
	if tables := b.tags[JPEGTables].bytes; isFirst && len(tables) >= 2*marker {
		data = slices.Concat([]byte{0xff, jpegStart}, tables[marker:len(tables)-marker], data[marker:])
	}
	return b.decodeStream(ctx, data, !isFirst)
}

// decodeStream decodes a whole JPEG file into the block's place, which it has to fill.
func (b *block) decodeStream(ctx context.Context, data []byte, keepTables bool) error {
	const padding = 16
	header := jpeg.ReadHeader(data)
	switch {
	case header.Width > ceilDiv(b.blockWidth, padding)*padding || header.Height > ceilDiv(b.blockHeight, padding)*padding,
		header.Width < min(b.blockWidth, b.Width-b.x) || header.Height < min(b.blockHeight, b.Height-b.y):
		return fmt.Errorf("a JPEG block of %dx%d pixels does not fill %dx%d", header.Width, header.Height, b.blockWidth, b.blockHeight)
	case len(header.Components) != b.perBlock*jpeg.Component:
		return fmt.Errorf("a JPEG block of %d components does not fit %d samples", len(header.Components)/jpeg.Component, b.perBlock)
	}
	if header.IsProgressive() && !b.progressive { // memory is not reserved for it
		return errDamaged
	}
	pic, err := b.jpeg.Decode(ctx, data, jpeg.Options{
		Shrink: 1, Keep: header.Bounds(), KeepTables: keepTables,
		Scan: func(scans int) error { return b.limits.Scans(scans, header.Width, header.Height) },
	})
	if err != nil {
		return err
	}
	for i, plane := range pic.Planes {
		for y := range min(pic.Height, b.Height-b.y) {
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
func (t *Picture) decodeOldJPEG(ctx context.Context) error {
	file, isWhole := t.oldJPEGHead()
	if !isWhole {
		var err error
		if file, err = t.withOldJPEGBlocks(file); err != nil {
			return err
		}
	}
	t.takeChannels()
	block := block{Picture: t}
	return block.decodeStream(ctx, file, false)
}

// oldJPEGHead finds the JPEG file in one of old-style JPEG, or finds or makes its head:
// some hold a whole one, others its head and the blocks' data, or only tables.
func (t *Picture) oldJPEGHead() (head []byte, isWhole bool) {
	blocks := t.Count(t.offsets)
	isFile := func(data []byte) bool { return bytes.HasPrefix(data, []byte{0xff, jpegStart}) }
	if at := t.Number(OldJPEG, 0); at > 0 && at < len(t.Data) && isFile(t.Data[at:]) {
		whole := t.Data[at:]
		size := t.Number(OldJPEGSize, 0)
		within := blocks == 0 || size == 0 || t.NumberAt(t.offsets, 0) >= at && t.NumberAt(t.offsets, 0) < at+min(size, len(whole))
		if jpeg.ReadHeader(whole).Frame != 0 && within {
			return whole, true
		}
		head = whole[:min(size, len(whole))]
	}
	if blocks == 0 {
		return nil, true
	}
	if isFile(t.block(0)) {
		return t.block(0), true
	}
	if len(head) == 0 || jpeg.ReadHeader(head).Frame == 0 {
		head = t.oldJPEGTables()
	}
	return bytes.TrimSuffix(head, []byte{0xff, jpegEnd}), false
}

// oldJPEGChroma is how many pixels share their chroma.
func (t *Picture) oldJPEGChroma() (across, down int) {
	switch {
	case t.samples == 1:
		return 1, 1
	case t.Count(Subsampling) >= 2:
		return t.NumberAt(Subsampling, 0), t.NumberAt(Subsampling, 1)
	}
	return 2, 2
}

// withOldJPEGBlocks is a JPEG file of its head and the blocks, which are its restart
// intervals.
func (t *Picture) withOldJPEGBlocks(head []byte) ([]byte, error) {
	blocks := t.Count(t.offsets)
	const around = 64 // of a scan's header and the marker of each block
	size := len(head) + around
	for i := range blocks {
		size += len(t.block(i)) + 2
		if size > 2*len(t.Data)+1<<16 { // blocks that overlap
			return nil, errDamaged
		}
	}
	file := append(make([]byte, 0, size), head...)
	if blocks > 1 {
		across, down := t.oldJPEGChroma()
		interval := t.Number(JPEGRestart, 0)
		if interval == 0 {
			interval = ceilDiv(t.Width, 8*max(across, 1)) * ceilDiv(t.Number(StripRows, t.Height), 8*max(down, 1))
		}
		if interval > math.MaxUint16 {
			return nil, fmt.Errorf("JPEG strips of %d coded units are not supported", interval)
		}
		file = append(file, 0xff, 0xdd, 0, 4, byte(interval>>8), byte(interval))
	}
	if !hasScan(file) {
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
	}
	return append(file, 0xff, jpegEnd), nil
}

// oldJPEGTables makes the head of a JPEG file of tables that tags point to.
func (t *Picture) oldJPEGTables() []byte {
	head := []byte{0xff, jpegStart}
	across, down := t.oldJPEGChroma()
	samples := min(t.samples, 4)
	segment := func(marker, id byte, content []byte) {
		head = append(head, 0xff, marker, byte((len(content)+3)>>8), byte(len(content)+3), id)
		head = append(head, content...)
	}
	at := func(tag Tag, i int) []byte {
		if i >= t.Count(tag) {
			return nil
		}
		return t.Data[min(t.NumberAt(tag, i), len(t.Data)):]
	}
	for i := range samples {
		if quant := at(JPEGQuant, i); len(quant) >= 64 {
			segment(jpegQuant, byte(i), quant[:64])
		}
		for class, tag := range []Tag{JPEGDC, JPEGAC} {
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
		byte(t.Height>>8), byte(t.Height), byte(t.Width>>8), byte(t.Width), byte(samples))
	for i := range samples {
		factors := byte(0x11)
		if i == 0 {
			factors = byte(across<<4 | down&15)
		}
		head = append(head, byte(i+1), factors, byte(i))
	}
	return head
}

// hasScan tells whether the head of a JPEG file goes as far as its first scan.
func hasScan(head []byte) bool {
	for marker := range jpeg.Segments(head) {
		if marker == jpegScan {
			return true
		}
	}
	return false
}
