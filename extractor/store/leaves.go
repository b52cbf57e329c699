package store

import "encoding/binary"

// The layout of bbolt's pages: a header of 16 bytes (id, flags, count, overflow)
// and as many elements of 16 bytes (flags, position from the element's own
// start, size of key, size of value). See bbolt's internal/common.
const (
	pageStep       = 4096 // pages are a multiple of it
	pageHeader     = 16
	elementSize    = 16
	leafPage       = 2
	largestElement = len(Key{}) + valueHeader + binary.MaxVarintLen64
)

// scanLeaves calls found for each short key and value in what looks like a leaf
// page.
func scanLeaves(data []byte, found func(name, value []byte)) {
	for at := 0; at+pageHeader <= len(data); at += pageStep {
		page := data[at:]
		if binary.LittleEndian.Uint16(page[8:]) != leafPage {
			continue
		}
		for i := range int(binary.LittleEndian.Uint16(page[10:])) {
			start := pageHeader + i*elementSize
			if start+elementSize > len(page) {
				break
			}
			element := page[start:]
			position := int(binary.LittleEndian.Uint32(element[4:]))
			name := int(binary.LittleEndian.Uint32(element[8:]))
			value := int(binary.LittleEndian.Uint32(element[12:]))
			if name+value > largestElement || position+name+value > len(element) {
				continue
			}
			found(element[position:position+name], element[position+name:position+name+value])
		}
	}
}
