package imageio

import (
	"encoding/binary"
	"errors"
)

// tiffDirectory holds the tags of a TIFF file's first picture.
type tiffDirectory struct {
	data  []byte
	order binary.ByteOrder
	tags  map[tiffTag]tiffValue
}

type tiffTag uint16

// The tags that are read; TIFF 6.0, appendix A.
const (
	tiffWidth       tiffTag = 256
	tiffHeight      tiffTag = 257
	tiffBits        tiffTag = 258
	tiffCompression tiffTag = 259
	tiffPhotometric tiffTag = 262
	tiffFillOrder   tiffTag = 266
	tiffStrips      tiffTag = 273
	tiffOrientation tiffTag = 274
	tiffSamples     tiffTag = 277
	tiffStripRows   tiffTag = 278
	tiffStripSizes  tiffTag = 279
	tiffPlanar      tiffTag = 284
	tiffPredictor   tiffTag = 317
	tiffColourMap   tiffTag = 320
	tiffTileWidth   tiffTag = 322
	tiffTileHeight  tiffTag = 323
	tiffTiles       tiffTag = 324
	tiffTileSizes   tiffTag = 325
	tiffExtra       tiffTag = 338
	tiffFormat      tiffTag = 339
	tiffJPEGTables  tiffTag = 347
)

// tiffValue is a tag's value as it stands in the file.
type tiffValue struct {
	size  int // bytes of a number: 1, 2 or 4
	bytes []byte
}

var errNoDirectory = errors.New("the file has no directory of its pictures")

// readTIFFDirectory reads the first directory. Tags in the wrong order, and
// tags that are cut off, do not matter as long as they are not needed.
func readTIFFDirectory(data []byte) (tiffDirectory, error) {
	d := tiffDirectory{data: data, order: binary.LittleEndian, tags: map[tiffTag]tiffValue{}}
	if data[0] == 'M' {
		d.order = binary.BigEndian
	}
	if len(data) < 8 {
		return d, errNoDirectory
	}
	start := uint64(d.order.Uint32(data[4:]))
	if start+2 > uint64(len(data)) {
		return d, errNoDirectory
	}
	entries := data[start+2:]
	for range d.order.Uint16(data[start:]) {
		const entry = 12
		if len(entries) < entry {
			break
		}
		if value, ok := d.value(entries[:entry]); ok {
			d.tags[tiffTag(d.order.Uint16(entries))] = value
		}
		entries = entries[entry:]
	}
	return d, nil
}

func (d *tiffDirectory) value(entry []byte) (tiffValue, bool) {
	size := 0
	switch kind := d.order.Uint16(entry[2:]); kind {
	case 1, 2, 7: // bytes, text, anything
		size = 1
	case 3:
		size = 2
	case 4:
		size = 4
	default:
		return tiffValue{}, false
	}
	length := uint64(d.order.Uint32(entry[4:])) * uint64(size)
	if length <= 4 {
		return tiffValue{size, entry[8 : 8+length]}, true
	}
	at := uint64(d.order.Uint32(entry[8:]))
	if at+length > uint64(len(d.data)) {
		return tiffValue{}, false
	}
	return tiffValue{size, d.data[at : at+length]}, true
}

// number returns the first number of a tag, or missing.
func (d *tiffDirectory) number(tag tiffTag, missing int) int {
	if d.count(tag) == 0 {
		return missing
	}
	return d.numberAt(tag, 0)
}

// count is how many numbers a tag has.
func (d *tiffDirectory) count(tag tiffTag) int {
	value := d.tags[tag]
	return len(value.bytes) / max(value.size, 1)
}

// numberAt returns number i of a tag, of which there must be more.
func (d *tiffDirectory) numberAt(tag tiffTag, i int) int {
	value := d.tags[tag]
	switch value.size {
	case 1:
		return int(value.bytes[i])
	case 2:
		return int(d.order.Uint16(value.bytes[2*i:]))
	}
	return int(d.order.Uint32(value.bytes[4*i:]))
}
