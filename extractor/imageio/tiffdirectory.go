package imageio

import (
	"encoding/binary"
	"errors"
	"math"
)

// tiffDirectory holds the tags of one of a TIFF file's pictures.
type tiffDirectory struct {
	data  []byte
	order binary.ByteOrder
	isBig bool // offsets have 64 bits
	next  uint64
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

	tiffOldJPEG       tiffTag = 513
	tiffOldJPEGSize   tiffTag = 514
	tiffJPEGRestart   tiffTag = 515
	tiffJPEGQuant     tiffTag = 519
	tiffJPEGDC        tiffTag = 520
	tiffJPEGAC        tiffTag = 521
	tiffFaxOptions    tiffTag = 292
	tiffSubDirs       tiffTag = 330
	tiffLumaShares    tiffTag = 529
	tiffSubsampling   tiffTag = 530
	tiffBlackAndWhite tiffTag = 532
	tiffXMP           tiffTag = 700
	tiffDNG           tiffTag = 50706
)

// tiffValue is a tag's value as it stands in the file.
type tiffValue struct {
	size  int // bytes of a number: 1, 2, 4 or 8
	bytes []byte
}

var errNoDirectory = errors.New("the file has no directory of its pictures")

// readTIFFDirectory reads the first directory. Tags in the wrong order, and
// tags that are cut off, do not matter as long as they are not needed.
func readTIFFDirectory(data []byte) (tiffDirectory, error) {
	d := tiffDirectory{data: data, order: binary.LittleEndian}
	if data[0] == 'M' {
		d.order = binary.BigEndian
	}
	const usual, big = 8, 16 // bytes of the header
	if len(data) < usual {
		return d, errNoDirectory
	}
	start := uint64(d.order.Uint32(data[4:]))
	if d.isBig = d.order.Uint16(data[2:]) == 43; d.isBig {
		if len(data) < big {
			return d, errNoDirectory
		}
		start = d.order.Uint64(data[8:])
	}
	return d.at(start)
}

// at is the directory that begins there.
func (d *tiffDirectory) at(start uint64) (tiffDirectory, error) {
	out := tiffDirectory{data: d.data, order: d.order, isBig: d.isBig, tags: map[tiffTag]tiffValue{}}
	counter, entry := 2, 12
	if d.isBig {
		counter, entry = 8, 20
	}
	if start > uint64(len(d.data)) || uint64(len(d.data))-start < uint64(counter) {
		return out, errNoDirectory
	}
	entries := d.data[start:]
	count := uint64(d.order.Uint16(entries))
	if d.isBig {
		count = d.order.Uint64(entries)
	}
	entries = entries[counter:]
	for range min(count, mostTIFFTags) {
		if len(entries) < entry {
			return out, nil
		}
		if value, ok := out.value(entries[:entry]); ok {
			out.tags[tiffTag(d.order.Uint16(entries))] = value
		}
		entries = entries[entry:]
	}
	switch {
	case d.isBig && len(entries) >= 8:
		out.next = d.order.Uint64(entries)
	case !d.isBig && len(entries) >= 4:
		out.next = uint64(d.order.Uint32(entries))
	}
	return out, nil
}

const mostTIFFTags = 1<<16 - 1

func (d *tiffDirectory) value(entry []byte) (tiffValue, bool) {
	size := uint64(0)
	switch kind := d.order.Uint16(entry[2:]); kind {
	case 1, 2, 7: // bytes, text, anything
		size = 1
	case 3:
		size = 2
	case 4, 13:
		size = 4
	case 5, 16, 18: // a ratio, read by ratio only
		size = 8
	default:
		return tiffValue{}, false
	}
	count, inline, at := uint64(d.order.Uint32(entry[4:])), entry[8:], uint64(0)
	if d.isBig {
		count, inline = d.order.Uint64(entry[4:]), entry[12:]
		at = d.order.Uint64(inline)
	} else {
		at = uint64(d.order.Uint32(inline))
	}
	switch all := uint64(len(d.data)); {
	case count > all/size && count*size > uint64(len(inline)):
		return tiffValue{}, false
	case count*size <= uint64(len(inline)):
		return tiffValue{int(size), inline[:count*size]}, true
	case at > all || count*size > all-at:
		return tiffValue{}, false
	default:
		return tiffValue{int(size), d.data[at : at+count*size]}, true
	}
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
	case 4:
		return int(d.order.Uint32(value.bytes[4*i:]))
	}
	return int(min(d.order.Uint64(value.bytes[8*i:]), math.MaxInt))
}

// ratios are the numbers of a tag whose numbers are ratios, or missing where there
// are not as many.
func (d *tiffDirectory) ratios(tag tiffTag, missing []float64) []float64 {
	value := d.tags[tag]
	if value.size != 8 || d.count(tag) != len(missing) {
		return missing
	}
	out := make([]float64, len(missing))
	for i := range out {
		above, below := d.order.Uint32(value.bytes[8*i:]), d.order.Uint32(value.bytes[8*i+4:])
		if below == 0 {
			return missing
		}
		out[i] = float64(above) / float64(below)
	}
	return out
}
