package imageio

import (
	"encoding/binary"
	"slices"
)

// HEIC and AVIF files are boxes within boxes (ISO/IEC 14496-12), of which the first
// lists the file's brands.

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
