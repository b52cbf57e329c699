package heif

import (
	"bytes"
	"encoding/binary"
	"runtime"
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

var bombs = map[string][]byte{
	"extents of no bytes": sameExtents(300),
}

// TestBombs opens them in memory of a few megabytes, and of a few times their size.
func TestBombs(t *testing.T) {
	for name, data := range bombs {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		Open(data, anySize) //nolint:errcheck // whether it can be opened does not matter
		runtime.ReadMemStats(&after)
		taken, most := after.TotalAlloc-before.TotalAlloc, uint64(8<<20+10*len(data))
		t.Logf("%s: %d bytes for a file of %d", name, taken, len(data))
		if taken > most {
			t.Errorf("%s: %d bytes for a file of %d", name, taken, len(data))
		}
	}
}
