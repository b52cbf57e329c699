package heif

import (
	"bytes"
	"encoding/binary"
	"runtime"
	"slices"
	"testing"
)

// The files of this test are small, and would take much memory if each entry of
// their tables were kept.

func number(bytes, n int) []byte {
	return binary.BigEndian.AppendUint64(nil, uint64(n))[8-bytes:]
}

func box(name string, parts ...[]byte) []byte {
	content := bytes.Join(parts, nil)
	return bytes.Join([][]byte{number(4, len(content)+8), []byte(name), content}, nil)
}

// file has items of kinds, numbered from 1, and more boxes of meta.
func file(kinds []string, boxes ...[]byte) []byte {
	infos := [][]byte{number(4, 0), number(2, len(kinds))}
	for i, kind := range kinds {
		infos = append(infos, box("infe", []byte{2, 0, 0, 0}, number(2, i+1), number(2, 0), []byte(kind), []byte{0}))
	}
	meta := append([][]byte{number(4, 0), box("pitm", number(4, 0), number(2, 1)), box("iinf", infos...)}, boxes...)
	return append(box("ftyp", []byte("heic\x00\x00\x00\x00heicmif1")), box("meta", meta...)...)
}

// sameExtents is a file with entries of iloc that say many times where the same
// item's data is, without a byte for each.
func sameExtents(entries int) []byte {
	iloc := [][]byte{number(4, 0), number(2, 0), number(2, entries)}
	for range entries {
		iloc = append(iloc, number(2, 1), number(2, 0), number(2, 65535))
	}
	return file([]string{"hvc1"}, box("iloc", iloc...))
}

// sameProperties is a file that names the same property of an item many times.
func sameProperties(entries int) []byte {
	ipma := [][]byte{number(4, 0), number(4, entries)}
	for range entries {
		ipma = append(ipma, number(2, 1), []byte{255}, bytes.Repeat([]byte{1}, 255))
	}
	size := box("ispe", number(4, 0), number(4, 64), number(4, 64))
	return file([]string{"hvc1"}, box("iprp", box("ipco", size), box("ipma", ipma...)))
}

// sameUnits is an overlay of many pictures which all have the same data, or the
// same parameter sets in hvcC: units of a length that is said in one byte or two.
func sameUnits(pictures int, hvcC, data []byte) []byte {
	const layer = 4 // bytes
	layout := slices.Concat(make([]byte, 10), []byte{0, 64, 0, 64}, make([]byte, layer*pictures))
	kinds, layers := []string{"iovl"}, [][]byte{number(2, 1), number(2, pictures)}
	iloc := [][]byte{number(4, 1<<24), {0x44, 0}, number(2, pictures+1)}
	ipma := [][]byte{number(4, 0), number(4, pictures)}
	place := func(id, start, length int) {
		iloc = append(iloc, number(2, id), number(2, 1), number(2, 0), number(2, 1), number(4, start), number(4, length))
	}
	place(1, 0, len(layout))
	for i := range pictures {
		id := i + 2
		kinds, layers = append(kinds, "hvc1"), append(layers, number(2, id))
		place(id, len(layout), len(data))
		ipma = append(ipma, number(2, id), []byte{2, 1, 2})
	}
	properties := box("ipco", box("ispe", number(4, 0), number(4, 64), number(4, 64)), box("hvcC", hvcC))
	return file(kinds, box("iref", number(4, 0), box("dimg", layers...)), box("iprp", properties, box("ipma", ipma...)),
		box("iloc", iloc...), box("idat", layout, data))
}

// setsOf is an hvcC of parameter sets that are the same, for units whose length has
// one byte.
func setsOf(count int, unit ...byte) []byte {
	header := make([]byte, 22)
	header[16] = 1
	if count == 0 {
		return append(header, 0)
	}
	sets := bytes.Repeat(append(number(2, len(unit)), unit...), count)
	return append(header, append([]byte{1, 33, byte(count >> 8), byte(count)}, sets...)...)
}

var bombs = map[string][]byte{
	"extents of no bytes":  sameExtents(300),
	"properties":           sameProperties(20000),
	"empty units":          sameUnits(50, setsOf(0), make([]byte, 200_000)),
	"small units":          sameUnits(50, setsOf(0), bytes.Repeat([]byte{2, 0x26, 1}, 70_000)),
	"empty parameter sets": sameUnits(50, setsOf(65535), make([]byte, 8)),
	"small parameter sets": sameUnits(50, setsOf(65535, 0x42, 1), make([]byte, 8)),
}

// TestBombs opens them in memory of some megabytes and a few times their size.
func TestBombs(t *testing.T) {
	for name, data := range bombs {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _ = Open(data, anySize) // which it may refuse or not
		runtime.ReadMemStats(&after)
		taken, most := after.TotalAlloc-before.TotalAlloc, uint64(20<<20+10*len(data))
		t.Logf("%s: %d bytes for a file of %d", name, taken, len(data))
		if taken > most {
			t.Errorf("%s: %d bytes for a file of %d", name, taken, len(data))
		}
	}
}
