package imageio

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/digitalinnovationone/headstart/extractor/imageio/internal/tiff"
)

// cameraRaw tells whether a TIFF file is a camera's raw file, and of which kind, and
// returns its directories. Its first picture is a thumbnail, if not black.
func cameraRaw(first tiff.Directory) (kind string, directories []tiff.Directory) {
	const most = 32
	directories = []tiff.Directory{first}
	for i := 0; i < len(directories) && len(directories) < most; i++ {
		d := directories[i]
		var starts []uint64
		for k := range min(d.Count(tiff.SubDirs), most) {
			starts = append(starts, uint64(d.NumberAt(tiff.SubDirs, k)))
		}
		for _, start := range append(starts, d.Next) {
			if next, err := d.At(start); start > 0 && err == nil && len(directories) < most {
				directories = append(directories, next)
			}
		}
	}
	const tiffMake = 271
	for _, d := range directories {
		const ofNikon = 34713
		photometric := d.Number(tiff.Photometric, 0)
		if photometric == tiff.RawSamples || photometric == tiff.LinearRaw || d.Number(tiff.Compression, 0) == ofNikon {
			kind = "raw"
		}
	}
	maker := first.Bytes(tiffMake)
	switch {
	case len(first.Data) > 11 && string(first.Data[8:12]) == "CR\x02\x00":
		kind = "CR2"
	case first.Count(tiff.DNG) > 0:
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
func (d *Decoder) planRawTIFF(kind string, directories []tiff.Directory, p Preprocessing) (plan, error) {
	var candidates [][]byte
	for _, directory := range directories {
		candidates = append(candidates, previews(directory)...)
	}
	return d.planPreview(kind, candidates, orientation(directories[0].Number(tiff.Orientation, int(upright))), p)
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
	directory, err := tiff.ReadDirectory(data)
	if err != nil {
		return plan{}, err
	}
	const preview tiff.Tag = 46
	return d.planPreview("RW2", [][]byte{directory.Bytes(preview)}, upright, p)
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
		if h.Frame != 0 && h.Supported() == nil && h.Width*h.Height > best.Width*best.Height {
			preview, best = candidate, h
		}
	}
	if preview == nil {
		return plan{}, fmt.Errorf("camera raw (%s) without a preview is not supported: convert to JPEG", kind)
	}
	if longer := max(best.Width, best.Height); longer < leastPreview {
		return plan{}, fmt.Errorf("camera raw (%s) whose largest preview has %dx%d pixels is not supported: convert to JPEG", kind, best.Width, best.Height)
	}
	if best.turn == upright {
		best.turn = turn
	}
	return d.planJPEGOf(best, preview, p)
}

// previews are where a directory points to JPEG files.
func previews(d tiff.Directory) (found [][]byte) {
	add := func(at, size int) {
		at = min(at, len(d.Data))
		found = append(found, d.Data[at:][:min(size, len(d.Data)-at)])
	}
	if at, size := d.Number(tiff.OldJPEG, 0), d.Number(tiff.OldJPEGSize, 0); at > 0 {
		add(at, size)
	}
	photometric, coding := d.Number(tiff.Photometric, tiff.YCbCr), d.Number(tiff.Compression, tiff.Uncompressed)
	if photometric != tiff.RawSamples && photometric != tiff.LinearRaw && (coding == tiff.OldJPEGCoding || coding == tiff.JPEG) &&
		d.Count(tiff.Strips) == 1 && d.Count(tiff.StripSizes) == 1 {
		add(d.NumberAt(tiff.Strips, 0), d.NumberAt(tiff.StripSizes, 0))
	}
	return found
}
