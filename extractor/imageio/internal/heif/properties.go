package heif

import (
	"bytes"
	"math"
)

// isAlpha tells whether an auxiliary item holds how opaque another is.
func isAlpha(it *item) bool {
	auxC := Fields(it.property("auxC"))
	auxC.TakeFullBox()
	kind, _, _ := bytes.Cut(auxC, []byte{0})
	switch string(kind) {
	case "urn:mpeg:hevc:2015:auxid:1", "urn:mpeg:mpegB:cicp:systems:auxiliary:alpha":
		return true
	}
	return false
}

// nclxOf is what an item's properties say of its colours, nil if nothing.
func nclxOf(it *item) *Colours {
	for _, p := range it.properties {
		if p.name != "colr" || len(p.content) < 11 || string(p.content[:4]) != "nclx" {
			continue
		}
		nclx := Fields(p.content[4:])
		primaries := nclx.Take(2)
		nclx.Take(2) // transfer
		return &Colours{Primaries: primaries, Matrix: nclx.Take(2), Full: nclx.Take(1)&0x80 != 0}
	}
	return nil
}

// transformsOf are the properties that turn or cut an item, in their order.
func transformsOf(it *item) (transforms []property) {
	for _, p := range it.properties {
		switch {
		case p.name == "irot" && len(p.content) >= 1, p.name == "imir" && len(p.content) >= 1, p.name == "clap" && len(p.content) >= 32:
			transforms = append(transforms, *p)
		}
	}
	return transforms
}

// Turn is how a picture is shown: turned anticlockwise by quarters of a circle,
// and then mirrored left to right or not.
type Turn struct {
	Quarters int
	Mirrored bool
}

// rectangle is part of a picture.
type rectangle struct{ x, y, width, height int }

// lay is the part of the stored picture that is shown, and how.
func (s *source) lay(width, height int) (part rectangle, turn Turn) {
	part = rectangle{0, 0, width, height}
	for _, t := range s.transforms {
		switch t.name {
		case "irot":
			quarters := int(t.content[0] & 3)
			if turn.Mirrored {
				quarters = 4 - quarters
			}
			turn.Quarters = (turn.Quarters + quarters) % 4
		case "imir":
			turn.Mirrored = !turn.Mirrored
			if t.content[0]&1 == 0 { // top to bottom: left to right, after half a turn
				turn.Quarters = (turn.Quarters + 2) % 4
			}
		case "clap":
			part = turn.cut(part, t.content)
		}
	}
	return part, turn
}

// cut is what a clean aperture leaves of a part that is shown turned.
func (t Turn) cut(part rectangle, clap Fields) rectangle {
	width, height := part.width, part.height
	if t.Quarters%2 == 1 {
		width, height = height, width
	}
	keptWidth, keptHeight := ratio(&clap), ratio(&clap)
	right, down := ratio(&clap), ratio(&clap)
	// Between two pixels libheif goes to the left, but down.
	x, w := aperture(width, keptWidth, right, 0)
	y, h := aperture(height, keptHeight, down, 0.5)
	if t.Mirrored {
		x = width - x - w
	}
	for range t.Quarters {
		width, height = height, width
		x, y, w, h = width-y-h, x, h, w
	}
	return rectangle{part.x + x, part.y + y, w, h}
}

// aperture is the first pixel that is kept of length, and how many are. It begins
// at a whole pixel when rounding, between 0 and 1, has been added.
func aperture(length int, kept, offset, rounding float64) (from, count int) {
	count = int(kept + 0.5)
	if count < 1 || count > length {
		return 0, length
	}
	from = int(math.Floor(offset + float64(length-count)/2 + rounding))
	return min(max(from, 0), length-count), count
}

// ratio takes two numbers of 32 bits, the upper one signed.
func ratio(f *Fields) float64 {
	above, below := int32(f.Take(4)), f.Take(4)
	if below == 0 {
		return 0
	}
	return float64(above) / float64(below)
}

// shown is the size of a picture as it is shown.
func (s *source) shown() (width, height int) {
	part, turn := s.lay(s.width, s.height)
	if turn.Quarters%2 == 1 {
		return part.height, part.width
	}
	return part.width, part.height
}
