package imageio

import (
	"bytes"
	"encoding/binary"

	"github.com/digitalinnovationone/headstart/extractor/imageio/internal/heif"
)

// Canon's CR3 files are boxes, as HEIF's: a track of a film has the photo as a JPEG
// file in its full size, a box of Canon's own a smaller one, and another the EXIF data
// (https://github.com/lclevy/canon_cr3).
var (
	cr3Metadata = []byte("\x85\xc0\xb6\x87\x82\x0f\x11\xe0\x81\x11\xf4\xce\x46\x2b\x6a\x48")
	cr3Preview  = []byte("\xea\xf4\x2b\x5e\x1c\x98\x4b\x88\xb9\xfb\xb7\xdc\x40\x6e\x4d\x16")
)

// planCR3 decodes the largest preview.
func (d *Decoder) planCR3(data []byte, p Preprocessing) (plan, error) {
	var candidates [][]byte
	turn := upright
	for name, content := range heif.Boxes(data) {
		switch {
		case name == "uuid" && bytes.HasPrefix(content, cr3Preview):
			if at := bytes.Index(content, []byte{0xff, jpegStart, 0xff}); at >= 0 {
				candidates = append(candidates, content[at:])
			}
		case name == "moov":
			for name, content := range heif.Boxes(content) {
				switch {
				case name == "trak":
					candidates = append(candidates, cr3Sample(data, content))
				case name == "uuid" && bytes.HasPrefix(content, cr3Metadata):
					turn = exifOrientation(heif.Box(content[len(cr3Metadata):], "CMT1", 0))
				}
			}
		}
	}
	return d.planPreview("CR3", candidates, turn, p)
}

// cr3Sample is the first sample of a track: its size is in one table, its place in
// another.
func cr3Sample(data, track []byte) []byte {
	tables := heif.Box(heif.Box(heif.Box(track, "mdia", 0), "minf", 0), "stbl", 0)
	sizes, places := heif.Fields(heif.Box(tables, "stsz", heif.FullBoxHeader)), heif.Box(tables, "co64", heif.FullBoxHeader)
	const count = 4
	size := sizes.Take(4)
	if sizes.Take(count); size == 0 {
		size = sizes.Take(4)
	}
	if len(places) < count+8 {
		return nil
	}
	at := binary.BigEndian.Uint64(places[count:])
	if at > uint64(len(data)) {
		return nil
	}
	return data[at:][:min(size, len(data)-int(at))]
}
