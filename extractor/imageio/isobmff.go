package imageio

import (
	"context"
	"encoding/binary"
	"errors"
	"image"
	"io"
	"iter"
	"slices"
	"strings"
)

// HEIF and AVIF files are boxes within boxes (ISO/IEC 14496-12), in which
// pictures are items with properties (ISO/IEC 23008-12).

// isobmffBrands returns the brands that a file claims, or nil if it is not of this
// kind.
func isobmffBrands(data []byte) []string {
	if len(data) < 16 || string(data[4:8]) != "ftyp" {
		return nil
	}
	size := min(int(binary.BigEndian.Uint32(data)), len(data))
	var brands []string
	for at := 8; at+4 <= size; at += 4 {
		brands = append(brands, string(data[at:at+4]))
	}
	return brands
}

var (
	isAVIF = hasBrand("avif", "avis")
	isHEIC = hasBrand("heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs", "mif1", "msf1")
)

func hasBrand(names ...string) func(data []byte) bool {
	return func(data []byte) bool {
		return slices.ContainsFunc(isobmffBrands(data), func(brand string) bool {
			return slices.Contains(names, brand)
		})
	}
}

// boxes yields the type and content of each box in data.
func boxes(data []byte) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		for len(data) >= 8 {
			header, size := 8, uint64(binary.BigEndian.Uint32(data))
			switch {
			case size == 1 && len(data) >= 16:
				header, size = 16, binary.BigEndian.Uint64(data[8:])
			case size == 0:
				size = uint64(len(data))
			}
			if size < uint64(header) || size > uint64(len(data)) || !yield(string(data[4:8]), data[header:size]) {
				return
			}
			data = data[size:]
		}
	}
}

// box returns the content of the first box of a type, less the first skip
// bytes of it, or nil.
func box(data []byte, name string, skip int) []byte {
	for boxName, content := range boxes(data) {
		if boxName == name && len(content) >= skip {
			return content[skip:]
		}
	}
	return nil
}

// primaryItem is what a file's properties say of the picture to be shown.
type primaryItem struct {
	width, height int // as stored; 0 if the file does not say
	turn          orientation
	colours       ycbcr
}

var (
	errNoSize  = errors.New("the file does not say how large its picture is")
	errDamaged = errors.New("damaged or of an unsupported kind")
)

// planItem decodes the file of an item that is within the limits. So must be
// what comes out, whose size may be another.
func (d *Decoder) planItem(item primaryItem, data []byte, bytesPerPixel float64, decode func(io.Reader) (image.Image, error)) (plan, error) {
	if item.width == 0 {
		return plan{}, errNoSize
	}
	if err := d.Limits.check(item.width, item.height); err != nil {
		return plan{}, err
	}
	const sandbox = 8 << 20 // what a module takes to start with
	memory := perPixel(item.width, item.height, bytesPerPixel) + sandbox + 8*int64(len(data))
	quietly := func(r io.Reader) (image.Image, error) {
		img, err := decode(r)
		if err != nil {
			err = errDamaged // the libraries do not say how
		}
		return img, err
	}
	return d.byLibrary(memory, item.turn, data, quietly, func(ctx context.Context, img image.Image) (picture, error) {
		if err := d.Limits.check(img.Bounds().Dx(), img.Bounds().Dy()); err != nil {
			return picture{}, err
		}
		pic, err := newPicture(ctx, img)
		if pic.mixer != nil {
			pic.mixer = newMixer(item.colours)
		}
		return pic, err
	}), nil
}

const fullBoxHeader = 4 // version and flags

func readPrimaryItem(data []byte) primaryItem {
	meta := box(data, "meta", fullBoxHeader)
	properties := box(meta, "iprp", 0)
	item := primaryItem{colours: fullRange}
	quarterTurns, mirror := 0, -1
	for name, content := range itemProperties(box(properties, "ipco", 0), primaryProperties(meta, properties)) {
		switch {
		case name == "ispe" && len(content) >= 12:
			item.width = int(binary.BigEndian.Uint32(content[4:]))
			item.height = int(binary.BigEndian.Uint32(content[8:]))
		case name == "irot" && len(content) >= 1:
			quarterTurns = int(content[0] & 3)
		case name == "imir" && len(content) >= 1:
			mirror = int(content[0] & 1)
		case name == "colr" && len(content) >= 11 && string(content[:4]) == "nclx":
			item.colours = nclxColours(binary.BigEndian.Uint16(content[8:]), content[10]&0x80 != 0)
		}
	}
	item.turn = isobmffOrientation(quarterTurns, mirror)
	return item
}

// nclxColours is what ITU-T H.273 calls matrix coefficients, of all levels or
// of those of video.
func nclxColours(matrix uint16, full bool) ycbcr {
	colours := videoRange
	if full {
		colours = fullRange
	}
	switch matrix {
	case 1: // BT.709
		colours.red, colours.blue = 0.2126, 0.0722
	case 9: // BT.2020
		colours.red, colours.blue = 0.2627, 0.0593
	}
	return colours
}

// hasAlpha tells whether a file holds how transparent its pictures are.
func hasAlpha(data []byte) bool {
	properties := box(box(box(data, "meta", fullBoxHeader), "iprp", 0), "ipco", 0)
	for name, content := range boxes(properties) {
		if name == "auxC" && len(content) >= fullBoxHeader {
			switch kind, _, _ := strings.Cut(string(content[fullBoxHeader:]), "\x00"); kind {
			case "urn:mpeg:hevc:2015:auxid:1", "urn:mpeg:mpegB:cicp:systems:auxiliary:alpha":
				return true
			}
		}
	}
	return false
}

// isobmffOrientation is the EXIF orientation that turns a picture by quarters
// of a circle anticlockwise, and then mirrors it top to bottom (0), left to
// right (1) or not at all (-1).
func isobmffOrientation(quarterTurns, mirror int) orientation {
	table := [3][4]orientation{
		{1, 8, 3, 6},
		{4, 5, 2, 7},
		{2, 7, 4, 5},
	}
	return table[mirror+1][quarterTurns]
}

// itemProperties yields the properties in ipco whose numbers, from 1, are
// listed.
func itemProperties(ipco []byte, numbers []int) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		number := 0
		for name, content := range boxes(ipco) {
			number++
			if slices.Contains(numbers, number) && !yield(name, content) {
				return
			}
		}
	}
}

// primaryProperties are the numbers of the primary item's properties.
func primaryProperties(meta, properties []byte) []int {
	pitm, ipma := fields(box(meta, "pitm", 0)), fields(box(properties, "ipma", 0))
	primaryBytes := 2
	if pitm.take(fullBoxHeader)>>24 > 0 {
		primaryBytes = 4
	}
	primary := pitm.take(primaryBytes)

	versionAndFlags := ipma.take(fullBoxHeader)
	itemBytes, numberBytes, numberMask := 2, 1, 0x7f
	if versionAndFlags>>24 > 0 {
		itemBytes = 4
	}
	if versionAndFlags&1 == 1 {
		numberBytes, numberMask = 2, 0x7fff
	}
	for range ipma.take(4) {
		item := ipma.take(itemBytes)
		numbers := make([]int, ipma.take(1))
		for i := range numbers {
			numbers[i] = ipma.take(numberBytes) & numberMask
		}
		if len(ipma) == 0 || item == primary {
			return numbers
		}
	}
	return nil
}

// fields is a run of big-endian numbers.
type fields []byte

// take takes a number of n bytes; where they are missing it takes what is
// left, and returns 0.
func (f *fields) take(n int) int {
	if len(*f) < n {
		*f = nil
		return 0
	}
	value := 0
	for _, b := range (*f)[:n] {
		value = value<<8 | int(b)
	}
	*f = (*f)[n:]
	return value
}
