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
	mime          string   // of an item of kind mime
	extents       [][]byte // its data, in pieces
	short         bool     // some of it lies beyond the end of the file
	properties    []property
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
	errNoItem  = errors.New("the file does not say which picture is to be shown")
)

// readItems reads a file's items and the number of the primary one.
func readItems(data []byte) (items map[int]*item, primary int, err error) {
	meta := box(data, "meta", fullBoxHeader)
	pitm := fields(box(meta, "pitm", 0))
	if pitm == nil {
		return nil, 0, errNoItem
	}
	version, _ := pitm.takeFullBox()
	primary = pitm.take(idBytes(version))
	items = map[int]*item{}
	readInfos(items, box(meta, "iinf", 0))
	readReferences(items, box(meta, "iref", 0))
	readProperties(items, box(meta, "iprp", 0))
	readLocations(items, box(meta, "iloc", 0), data, box(meta, "idat", 0))
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
	iinf := fields(content)
	version, _ := iinf.takeFullBox()
	iinf.take(idBytes(version)) // how many follow
	for name, content := range boxes(iinf) {
		infe := fields(content)
		version, _ := infe.takeFullBox()
		if name != "infe" || version < 2 {
			continue
		}
		it := &item{id: infe.take(idBytes(version - 2))}
		infe.take(2) // protection
		it.kind = string(infe.bytes(4))
		if it.kind == "mime" {
			_, texts, _ := bytes.Cut(infe, []byte{0}) // after the name
			mime, _, _ := bytes.Cut(texts, []byte{0})
			it.mime = string(mime)
		}
		items[it.id] = it
	}
}

func readReferences(items map[int]*item, content []byte) {
	iref := fields(content)
	version, _ := iref.takeFullBox()
	for name, content := range boxes(iref) {
		reference := fields(content)
		from := items[reference.take(idBytes(version))]
		if from == nil {
			continue
		}
		for range reference.take(2) {
			if len(reference) == 0 {
				break
			}
			to := reference.take(idBytes(version))
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
	var all []property
	for name, content := range boxes(box(iprp, "ipco", 0)) {
		all = append(all, property{name, content})
	}
	for name, content := range boxes(iprp) {
		if name != "ipma" {
			continue
		}
		ipma := fields(content)
		version, flags := ipma.takeFullBox()
		numberBytes, numberMask := 1, 0x7f
		if flags&1 == 1 {
			numberBytes, numberMask = 2, 0x7fff
		}
		for range ipma.take(4) {
			if len(ipma) == 0 {
				break
			}
			it := items[ipma.take(idBytes(version))]
			for range ipma.take(1) {
				number := ipma.take(numberBytes) & numberMask
				if it != nil && number >= 1 && number <= len(all) {
					it.properties = append(it.properties, all[number-1])
				}
			}
		}
	}
}

// readLocations finds the data of each item, in the file or in idat.
func readLocations(items map[int]*item, content, data, idat []byte) {
	iloc := fields(content)
	version, _ := iloc.takeFullBox()
	sizes := iloc.take(2)
	offsetBytes, lengthBytes, baseBytes, indexBytes := sizes>>12, sizes>>8&15, sizes>>4&15, sizes&15
	if offsetBytes > 8 || lengthBytes > 8 || baseBytes > 8 || indexBytes > 8 || version == 0 {
		indexBytes = 0
	}
	for range iloc.take(idBytes(version / 2)) {
		if len(iloc) == 0 {
			break
		}
		it := items[iloc.take(idBytes(version/2))]
		source := data
		if version > 0 {
			switch iloc.take(2) & 15 {
			case 1:
				source = idat
			case 2:
				source = nil // parts of other items, which nobody writes
			}
		}
		iloc.take(2) // data in other files
		base := iloc.take(baseBytes)
		for range iloc.take(2) {
			if len(iloc) == 0 {
				break
			}
			iloc.take(indexBytes)
			start := base + iloc.take(offsetBytes)
			length := iloc.take(lengthBytes)
			if it == nil {
				continue
			}
			if start < 0 || start > len(source) || length < 0 || length > len(source)-start {
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
	ispe := fields(it.property("ispe"))
	ispe.takeFullBox()
	return ispe.take(4), ispe.take(4)
}

// data is all of an item's data, at most as much as the file has.
func (it *item) data(most int) ([]byte, error) {
	length := 0
	for _, extent := range it.extents {
		if length += len(extent); length > most {
			return nil, errDamaged
		}
	}
	if it.short || len(it.extents) == 0 {
		return nil, errShort
	}
	if len(it.extents) == 1 {
		return it.extents[0], nil
	}
	return bytes.Join(it.extents, nil), nil
}
