package imageio

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// cameraRaw tells whether a TIFF file is a camera's raw file, and of which kind, and
// returns its directories. Its first picture is a thumbnail, if not black.
func cameraRaw(first tiffDirectory) (kind string, directories []tiffDirectory) {
	const most = 32
	directories = []tiffDirectory{first}
	for i := 0; i < len(directories) && len(directories) < most; i++ {
		d := directories[i]
		var starts []uint64
		for k := range min(d.count(tiffSubDirs), most) {
			starts = append(starts, uint64(d.numberAt(tiffSubDirs, k)))
		}
		for _, start := range append(starts, d.next) {
			if next, err := d.at(start); start > 0 && err == nil && len(directories) < most {
				directories = append(directories, next)
			}
		}
	}
	const tiffMake = 271
	for _, d := range directories {
		const ofNikon = 34713
		photometric := d.number(tiffPhotometric, 0)
		if photometric == tiffRawSamples || photometric == tiffLinearRaw || d.number(tiffCompression, 0) == ofNikon {
			kind = "raw"
		}
	}
	maker := first.tags[tiffMake].bytes
	switch {
	case len(first.data) > 10 && string(first.data[8:11]) == "CR\x02":
		kind = "CR2"
	case first.count(tiffDNG) > 0:
		kind = "DNG"
	case kind == "":
	case bytes.HasPrefix(maker, []byte("NIKON")):
		kind = "NEF"
	case bytes.HasPrefix(maker, []byte("SONY")):
		kind = "ARW"
	}
	return kind, directories
}

// leastPreview is how many pixels the longer side of a preview must have: it stands
// for the photo, which a thumbnail with black borders does not.
const leastPreview = 640

// planRawTIFF decodes the preview in a camera's raw file that is a TIFF file.
func (d *Decoder) planRawTIFF(kind string, directories []tiffDirectory, p Preprocessing) (plan, error) {
	var candidates [][]byte
	for _, directory := range directories {
		candidates = append(candidates, directory.previews()...)
	}
	return d.planPreview(kind, candidates, orientation(directories[0].number(tiffOrientation, int(upright))), p)
}

// planRAF decodes the preview in a file of Fujifilm's cameras.
func (d *Decoder) planRAF(data []byte, p Preprocessing) (plan, error) {
	const at, size = 84, 88
	if len(data) < size+4 {
		return plan{}, errTooShort
	}
	from := min(int(binary.BigEndian.Uint32(data[at:])), len(data))
	length := min(int(binary.BigEndian.Uint32(data[size:])), len(data)-from)
	return d.planPreview("RAF", [][]byte{data[from:][:length]}, upright, p)
}

// planRW2 decodes the preview in a file of Panasonic's cameras, a TIFF file but for
// its beginning.
func (d *Decoder) planRW2(data []byte, p Preprocessing) (plan, error) {
	directory, err := readTIFFDirectory(data)
	if err != nil {
		return plan{}, err
	}
	const preview tiffTag = 46
	return d.planPreview("RW2", [][]byte{directory.tags[preview].bytes}, upright, p)
}

// planPreview decodes the largest of the JPEG files in a camera's raw file, which says
// how they are turned unless they do.
func (d *Decoder) planPreview(kind string, candidates [][]byte, turn orientation, p Preprocessing) (plan, error) {
	var preview []byte
	best := jpegHeader{turn: upright}
	for _, candidate := range candidates {
		if !bytes.HasPrefix(candidate, []byte{0xff, jpegStart, 0xff}) {
			continue
		}
		h := readJPEGHeader(candidate)
		if h.frame != 0 && h.isSupported() == nil && h.width*h.height > best.width*best.height {
			preview, best = candidate, h
		}
	}
	if preview == nil {
		return plan{}, fmt.Errorf("a camera's raw file (%s) without a preview: develop it to JPEG", kind)
	}
	if longer := max(best.width, best.height); longer < leastPreview {
		return plan{}, fmt.Errorf("a camera's raw file (%s) whose largest preview has %dx%d pixels: develop it to JPEG", kind, best.width, best.height)
	}
	if turn != upright && best.turn == upright {
		preview = withOrientation(preview, turn)
	}
	made, err := d.planJPEG(preview, p)
	made.memory += int64(len(preview))
	return made, err
}

// previews are where a directory points to JPEG files.
func (d *tiffDirectory) previews() (found [][]byte) {
	add := func(at, size int) {
		at = min(at, len(d.data))
		found = append(found, d.data[at:][:min(size, len(d.data)-at)])
	}
	if at, size := d.number(tiffOldJPEG, 0), d.number(tiffOldJPEGSize, 0); at > 0 {
		add(at, size)
	}
	photometric, coding := d.number(tiffPhotometric, tiffYCbCr), d.number(tiffCompression, tiffUncompressed)
	if photometric != tiffRawSamples && photometric != tiffLinearRaw && (coding == tiffOldJPEGCoding || coding == tiffJPEG) &&
		d.count(tiffStrips) == 1 && d.count(tiffStripSizes) == 1 {
		add(d.numberAt(tiffStrips, 0), d.numberAt(tiffStripSizes, 0))
	}
	return found
}

// withOrientation is a JPEG file with EXIF data that says no more than that.
func withOrientation(file []byte, turn orientation) []byte {
	exif := []byte("Exif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00")
	exif = append(exif, byte(turn), 0, 0, 0, 0, 0, 0, 0)
	const start, length = 2, 2
	out := append(make([]byte, 0, len(file)+len(exif)+2*length), file[:start]...)
	out = append(out, 0xff, jpegEXIF)
	out = binary.BigEndian.AppendUint16(out, uint16(len(exif)+length))
	return append(append(out, exif...), file[start:]...)
}
