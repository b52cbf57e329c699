package imageio

import (
	"context"
	"errors"

	"github.com/digitalinnovationone/headstart/extractor/imageio/internal/heif"
)

// planHEIC decodes the primary picture of a HEIC file. The decoder is libde265 in a
// WebAssembly sandbox; to compile it takes part of a second, once in a process that
// meets such a file.
func (d *Decoder) planHEIC(data []byte, _ Preprocessing) (plan, error) {
	file, err := heif.Open(data, d.Limits.check)
	if err != nil {
		return plan{}, err
	}
	return d.planHEIF(file, repeated), nil
}

// planAVIF decodes an AVIF file, of a sequence the primary picture, by dav1d in a
// sandbox. Unlike HEIC files, those that are turned by XMP alone are turned.
func (d *Decoder) planAVIF(data []byte, _ Preprocessing) (plan, error) {
	file, err := heif.Open(data, d.Limits.check)
	if err != nil {
		return plan{}, err
	}
	p := d.planHEIF(file, smooth)
	if p.turn == upright {
		p.turn = max(xmpOrientation(xmpPacket(data)), upright)
	}
	return p, nil
}

// How chroma of fewer samples is enlarged: as libheif does by default, or libavif.
const (
	repeated = false
	smooth   = true
)

func (d *Decoder) planHEIF(file *heif.File, enlarge bool) plan {
	const besides = 1 << 20
	return plan{memory: file.Memory() + besides, turn: heifOrientation(file.Turn()), decode: func(ctx context.Context) (picture, error) {
		decoded, err := file.Decode(ctx)
		if err != nil {
			return picture{}, err
		}
		if err := d.Limits.check(decoded.Width, decoded.Height); err != nil {
			return picture{}, err
		}
		return heifPicture(decoded, enlarge)
	}}
}

func heifOrientation(turn heif.Turn) orientation {
	mirror := -1
	if turn.Mirrored {
		mirror = 1
	}
	return isobmffOrientation(turn.Quarters, mirror)
}

var errColours = errors.New("holds colours of a kind that is not supported, convert it to PNG")

// heifPicture puts a decoded picture into the resampler's form, in its own memory.
func heifPicture(decoded *heif.Picture, enlarge bool) (picture, error) {
	pic := picture{width: decoded.Width, height: decoded.Height, shrunk: 1, turn: upright}
	across, down := 1, 1
	switch decoded.Chroma {
	case 1:
		across, down = 2, 2
	case 2:
		across = 2
	}
	for i, p := range decoded.Planes {
		if i == 0 {
			pic.planes = append(pic.planes, fullPlane(p.Pix, p.Stride, pic.width, pic.height))
			continue
		}
		horizontal, vertical := chromaGrids(ceilDiv(pic.width, across), ceilDiv(pic.height, down), across, down)
		horizontal.smooth, vertical.smooth = horizontal.smooth && enlarge, vertical.smooth && enlarge
		pic.planes = append(pic.planes, plane{p.Pix, p.Stride, horizontal, vertical})
	}
	colours := heifColours(decoded.Colours)
	switch matrix := decoded.Colours.Matrix; {
	case decoded.Chroma == 0:
		pic.widen(colours)
	case matrix == heif.GBR || matrix == heif.YCgCo:
		if decoded.Chroma != 3 {
			return picture{}, errColours
		}
		if matrix == heif.YCgCo {
			pic.mixYCgCo(colours)
			break
		}
		pic.widen(colours)
		pic.planes[0], pic.planes[1], pic.planes[2] = pic.planes[2], pic.planes[0], pic.planes[1]
	case matrix > 9 && matrix != 12:
		return picture{}, errColours
	default:
		pic.mixer = newMixer(colours)
	}
	return pic, nil
}

// heifColours is the kind of Y'CbCr that a file says its planes are.
func heifColours(c heif.Colours) ycbcr {
	colours := videoRange
	if c.Full {
		colours = fullRange
	}
	colours.red, colours.blue = c.Shares()
	return colours
}

// widen brings planes of all levels or of those of video to all levels.
func (pic *picture) widen(colours ycbcr) {
	if colours.black == 0 {
		return
	}
	var table [256]uint8
	for i := range table {
		table[i] = uint8(min(max((float64(i)-colours.black)*colours.luma+0.5, 0), 255))
	}
	for _, p := range pic.planes {
		for y := range pic.height {
			row := p.samples[y*p.stride:][:pic.width]
			for x, v := range row {
				row[x] = table[v]
			}
		}
	}
}

// mixYCgCo turns planes of Y', Cg and Co into red, green and blue (ITU-T H.273,
// equations 59 to 62).
func (pic *picture) mixYCgCo(colours ycbcr) {
	level := func(v float64) uint8 { return uint8(min(max(v, 0), 255) + 0.5) }
	for y := range pic.height {
		row := func(i int) []uint8 { return pic.planes[i].samples[y*pic.planes[i].stride:][:pic.width] }
		first, second, third := row(0), row(1), row(2)
		for x := range first {
			luma := (float64(first[x]) - colours.black) * colours.luma
			cg, co := (float64(second[x])-grey)*colours.chroma, (float64(third[x])-grey)*colours.chroma
			first[x], second[x], third[x] = level(luma-cg+co), level(luma+cg), level(luma-cg-co)
		}
	}
}
