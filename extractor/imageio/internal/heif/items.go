package heif

import (
	"bytes"
	"errors"
)

// item is a picture, or something else that a file's meta box lists (ISO/IEC
// 23008-12).
type item struct {
	id            int
	kind          string   // of four letters: hvc1, av01, grid, Exif
	extents       [][]byte // its data, in pieces
	short         bool     // some of it lies beyond the end of the file
	properties    []*property
	from          []int // the items it is derived from
	alphaOf       []int // the items whose transparency it is
	premultiplied []int // the items by whose transparency its colours are multiplied
}

// property is a box that describes an item.
type property struct {
	name    string
	content []byte
}

var (
	errShort   = errors.New("unexpected end of data")
	errDamaged = errors.New("damaged or of an unsupported kind")
	errSmall   = errors.New("the compressed picture is smaller than the file says")
	errNoItem  = errors.New("the file does not say which picture is to be shown")
)

const (
	mostItems      = 1 << 16
	mostReferences = 1 << 18   // between items
	mostExtents    = 1 << 16   // that the data of all items may be cut into
	mostKinds      = 1<<15 - 1 // of properties, which have numbers of 15 bits
	mostProperties = 32        // of an item
)

// matters tells whether what is made of an item depends on a property.
func (p *property) matters() bool {
	switch p.name {
	case "ispe", "hvcC", "av1C", "a1op", "colr", "auxC", "irot", "imir", "clap":
		return true
	}
	return false
}

// readItems reads a file's items and the number of the primary one.
func readItems(data []byte) (items map[int]*item, primary int, err error) {
	meta := Box(data, "meta", FullBoxHeader)
	pitm := Fields(Box(meta, "pitm", 0))
	if pitm == nil {
		return nil, 0, errNoItem
	}
	version, _ := pitm.TakeFullBox()
	primary = pitm.Take(idBytes(version))
	items = map[int]*item{}
	readInfos(items, Box(meta, "iinf", 0))
	readReferences(items, Box(meta, "iref", 0))
	readProperties(items, Box(meta, "iprp", 0))
	readLocations(items, Box(meta, "iloc", 0), data, Box(meta, "idat", 0))
	return items, primary, nil
}

// idBytes is how long the number of an item is where a box has a version.
func idBytes(version int) int {
	if version == 0 {
		return 2
	}
	return 4
}

func readInfos(items map[int]*item, content []byte) {
	iinf := Fields(content)
	version, _ := iinf.TakeFullBox()
	iinf.Take(idBytes(version)) // how many follow
	for name, content := range Boxes(iinf) {
		infe := Fields(content)
		version, _ := infe.TakeFullBox()
		if name != "infe" || version < 2 {
			continue
		}
		it := &item{id: infe.Take(idBytes(version - 2))}
		infe.Take(2) // protection
		it.kind = string(infe.Bytes(4))
		if len(items) < mostItems {
			items[it.id] = it
		}
	}
}

func readReferences(items map[int]*item, content []byte) {
	iref := Fields(content)
	version, _ := iref.TakeFullBox()
	left := mostReferences
	for name, content := range Boxes(iref) {
		reference := Fields(content)
		from := items[reference.Take(idBytes(version))]
		if from == nil {
			continue
		}
		for range reference.Take(2) {
			if left--; len(reference) == 0 || left < 0 {
				break
			}
			to := reference.Take(idBytes(version))
			switch name {
			case "dimg":
				from.from = append(from.from, to)
			case "auxl":
				from.alphaOf = append(from.alphaOf, to)
			case "prem":
				from.premultiplied = append(from.premultiplied, to)
			}
		}
	}
}

func readProperties(items map[int]*item, iprp []byte) {
	var all []*property
	for name, content := range Boxes(Box(iprp, "ipco", 0)) {
		if len(all) == mostKinds {
			break
		}
		all = append(all, &property{name, content})
	}
	for name, content := range Boxes(iprp) {
		if name != "ipma" {
			continue
		}
		ipma := Fields(content)
		version, flags := ipma.TakeFullBox()
		numberBytes, numberMask := 1, 0x7f
		if flags&1 == 1 {
			numberBytes, numberMask = 2, 0x7fff
		}
		for range ipma.Take(4) {
			if len(ipma) == 0 {
				break
			}
			it := items[ipma.Take(idBytes(version))]
			if it != nil && it.properties != nil {
				it = nil // its first entry counts
			}
			for range ipma.Take(1) {
				number := ipma.Take(numberBytes) & numberMask
				if it != nil && number >= 1 && number <= len(all) && len(it.properties) < mostProperties && all[number-1].matters() {
					it.properties = append(it.properties, all[number-1])
				}
			}
		}
	}
}

// readLocations finds the data of each item, in the file or in idat.
func readLocations(items map[int]*item, content, data, idat []byte) {
	iloc := Fields(content)
	version, _ := iloc.TakeFullBox()
	sizes := iloc.Take(2)
	offsetBytes, lengthBytes, baseBytes, indexBytes := sizes>>12, sizes>>8&15, sizes>>4&15, sizes&15
	if offsetBytes > 8 || lengthBytes > 8 || baseBytes > 8 || indexBytes > 8 || version == 0 {
		indexBytes = 0
	}
	left := mostExtents
	for range iloc.Take(idBytes(version / 2)) {
		if len(iloc) == 0 {
			break
		}
		it := items[iloc.Take(idBytes(version/2))]
		if it != nil && it.extents != nil {
			it = nil // its first entry counts
		}
		source := data
		if version > 0 {
			switch iloc.Take(2) & 15 {
			case 1:
				source = idat
			case 2:
				source = nil // parts of other items, which nobody writes
			}
		}
		iloc.Take(2) // data in other files
		base := iloc.Take(baseBytes)
		count := iloc.Take(2)
		if indexBytes+offsetBytes+lengthBytes == 0 {
			count = min(count, 1) // all of them would be the same
		}
		for range count {
			if len(iloc) == 0 {
				break
			}
			iloc.Take(indexBytes)
			start := base + iloc.Take(offsetBytes)
			length := iloc.Take(lengthBytes)
			if it == nil {
				continue
			}
			left--
			if left < 0 || start < 0 || start > len(source) || length < 0 || length > len(source)-start {
				it.short = true
				continue
			}
			if length == 0 {
				length = len(source) - start
			}
			it.extents = append(it.extents, source[start:start+length])
		}
	}
}

// property returns the content of an item's property, or nil.
func (it *item) property(name string) []byte {
	for _, p := range it.properties {
		if p.name == name {
			return p.content
		}
	}
	return nil
}

// size is an item's width and height in pixels, 0 if it has none.
func (it *item) size() (width, height int) {
	ispe := Fields(it.property("ispe"))
	ispe.TakeFullBox()
	return ispe.Take(4), ispe.Take(4)
}

// data is all of an item's data. Those of all items, where they lie in pieces, are
// at most as long as the file.
func (it *item) data(most *int) ([]byte, error) {
	length := 0
	for _, extent := range it.extents {
		if length += len(extent); length > *most {
			return nil, errDamaged
		}
	}
	if it.short || len(it.extents) == 0 {
		return nil, errShort
	}
	if len(it.extents) == 1 {
		return it.extents[0], nil
	}
	*most -= length
	return bytes.Join(it.extents, nil), nil
}
