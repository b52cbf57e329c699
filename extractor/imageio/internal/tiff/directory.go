package tiff

import (
	"encoding/binary"
	"errors"
	"math"
)

// Directory holds the tags of one of a TIFF file's pictures.
type Directory struct {
	Data  []byte // the file
	order binary.ByteOrder
	isBig bool   // offsets have 64 bits
	Next  uint64 // where the next directory begins, 0 for none
	tags  map[Tag]value
}

// Tag names a value in a directory.
type Tag uint16

// The tags that are read; TIFF 6.0, appendix A.
const (
	Width       Tag = 256
	Height      Tag = 257
	Bits        Tag = 258
	Compression Tag = 259
	Photometric Tag = 262
	FillOrder   Tag = 266
	Strips      Tag = 273
	Orientation Tag = 274
	Samples     Tag = 277
	StripRows   Tag = 278
	StripSizes  Tag = 279
	Planar      Tag = 284
	Predictor   Tag = 317
	ColourMap   Tag = 320
	TileWidth   Tag = 322
	TileHeight  Tag = 323
	Tiles       Tag = 324
	TileSizes   Tag = 325
	Extra       Tag = 338
	Format      Tag = 339
	JPEGTables  Tag = 347

	OldJPEG       Tag = 513
	OldJPEGSize   Tag = 514
	JPEGRestart   Tag = 515
	JPEGQuant     Tag = 519
	JPEGDC        Tag = 520
	JPEGAC        Tag = 521
	FaxOptions    Tag = 292
	SubDirs       Tag = 330
	LumaShares    Tag = 529
	Subsampling   Tag = 530
	BlackAndWhite Tag = 532
	XMP           Tag = 700
	DNG           Tag = 50706
)

// value is a tag's value as it stands in the file.
type value struct {
	size  int // bytes of a number: 1, 2, 4 or 8
	bytes []byte
}

var errNoDirectory = errors.New("the file has no directory of its pictures")

// ReadDirectory reads the first directory. Tags in the wrong order, and
// tags that are cut off, do not matter as long as they are not needed.
func ReadDirectory(data []byte) (Directory, error) {
	d := Directory{Data: data, order: binary.LittleEndian}
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
	return d.At(start)
}

// At is the directory that begins there.
func (d *Directory) At(start uint64) (Directory, error) {
	out := Directory{Data: d.Data, order: d.order, isBig: d.isBig, tags: map[Tag]value{}}
	counter, entry := 2, 12
	if d.isBig {
		counter, entry = 8, 20
	}
	if start > uint64(len(d.Data)) || uint64(len(d.Data))-start < uint64(counter) {
		return out, errNoDirectory
	}
	entries := d.Data[start:]
	count := uint64(d.order.Uint16(entries))
	if d.isBig {
		count = d.order.Uint64(entries)
	}
	entries = entries[counter:]
	for range min(count, mostTags) {
		if len(entries) < entry {
			return out, nil
		}
		if value, ok := out.value(entries[:entry]); ok {
			out.tags[Tag(d.order.Uint16(entries))] = value
		}
		entries = entries[entry:]
	}
	switch {
	case d.isBig && len(entries) >= 8:
		out.Next = d.order.Uint64(entries)
	case !d.isBig && len(entries) >= 4:
		out.Next = uint64(d.order.Uint32(entries))
	}
	return out, nil
}

const mostTags = 1<<16 - 1

func (d *Directory) value(entry []byte) (value, bool) {
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
		return value{}, false
	}
	count, inline, at := uint64(d.order.Uint32(entry[4:])), entry[8:], uint64(0)
	if d.isBig {
		count, inline = d.order.Uint64(entry[4:]), entry[12:]
		at = d.order.Uint64(inline)
	} else {
		at = uint64(d.order.Uint32(inline))
	}
	switch all := uint64(len(d.Data)); {
	case count > all/size && count*size > uint64(len(inline)):
		return value{}, false
	case count*size <= uint64(len(inline)):
		return value{int(size), inline[:count*size]}, true
	case at > all || count*size > all-at:
		return value{}, false
	default:
		return value{int(size), d.Data[at : at+count*size]}, true
	}
}

// Number returns the first number of a tag, or missing.
func (d *Directory) Number(tag Tag, missing int) int {
	if d.Count(tag) == 0 {
		return missing
	}
	return d.NumberAt(tag, 0)
}

// Count is how many numbers a tag has.
func (d *Directory) Count(tag Tag) int {
	value := d.tags[tag]
	return len(value.bytes) / max(value.size, 1)
}

// NumberAt returns number i of a tag, of which there must be more.
func (d *Directory) NumberAt(tag Tag, i int) int {
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

// Ratios are the numbers of a tag whose numbers are ratios, or missing where there
// are not as many.
func (d *Directory) Ratios(tag Tag, missing []float64) []float64 {
	value := d.tags[tag]
	if value.size != 8 || d.Count(tag) != len(missing) {
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

// Bytes is a tag's value as it stands in the file.
func (d *Directory) Bytes(tag Tag) []byte { return d.tags[tag].bytes }
