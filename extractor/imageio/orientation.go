package imageio

import (
	"bytes"
	"encoding/binary"
)

// orientation is the EXIF tag of that name: how to turn the stored
// picture. 1 is upright; 2–4 mirror and turn by 180 degrees; 5–8 swap the axes.
// Other values count as 1.
type orientation int

const upright orientation = 1

// swapsAxes reports whether rows of the stored picture are shown as columns.
func (o orientation) swapsAxes() bool { return o >= 5 && o <= 8 }

// flips reports along which axes of the stored picture the shown one runs
// backwards. With the axes swapped, a stored row is still a shown column.
func (o orientation) flips() (x, y bool) {
	switch o {
	case 2:
		return true, false
	case 3, 7:
		return true, true
	case 4, 6:
		return false, true
	case 8:
		return true, false
	}
	return false, false
}

// exifOrientation reads the orientation from EXIF data, which is a TIFF file:
// tag 0x0112 of the first directory. It is upright where there is none.
func exifOrientation(exif []byte) orientation { return max(exifTag(exif), upright) }

// exifTag is exifOrientation, and 0 where there is none.
func exifTag(exif []byte) orientation {
	if len(exif) < 8 {
		return 0
	}
	var order binary.ByteOrder = binary.LittleEndian
	if string(exif[:2]) == "MM" {
		order = binary.BigEndian
	}
	start := uint64(order.Uint32(exif[4:]))
	if start+2 > uint64(len(exif)) {
		return 0
	}
	entries := exif[start+2:]
	for range order.Uint16(exif[start:]) {
		if len(entries) < 12 {
			break
		}
		if order.Uint16(entries) == 0x0112 {
			return orientation(order.Uint16(entries[8:]))
		}
		entries = entries[12:]
	}
	return 0
}

// xmpOrientation reads the orientation from XMP, as Pillow does where EXIF data have
// none: the attribute or the element of that name. It is 0 where there is none.
func xmpOrientation(xmp []byte) orientation {
	for {
		_, after, found := bytes.Cut(xmp, []byte("tiff:Orientation"))
		if !found {
			return 0
		}
		for _, opening := range []string{`="`, `='`, ">"} {
			if digit, ok := bytes.CutPrefix(after, []byte(opening)); ok && len(digit) > 0 && digit[0] >= '1' && digit[0] <= '8' {
				return orientation(digit[0] - '0')
			}
		}
		xmp = after
	}
}

// xmpPacket is the XMP in a file, wherever that is: it is made to be found so (XMP
// specification, part 3, packet scanning).
func xmpPacket(file []byte) []byte {
	_, packet, found := bytes.Cut(file, []byte("<x:xmpmeta"))
	if !found {
		return nil
	}
	packet, _, _ = bytes.Cut(packet, []byte("</x:xmpmeta"))
	return packet
}

// exifIntroducer stands before EXIF data in JPEG files and some WebP files.
var exifIntroducer = []byte("Exif\x00\x00")
