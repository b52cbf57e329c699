package heif

import "context"

// decoder makes the pictures of one file.
type decoder struct {
	ctx     context.Context
	sandbox *sandbox
}

// sandboxes is the memory of the largest sandbox that making a picture takes.
func (s *source) sandboxes() (most int64) {
	if s.codec != nil {
		most = s.sandbox()
	}
	for _, l := range s.layers {
		most = max(most, l.sandboxes())
	}
	if s.alpha != nil {
		most = max(most, s.alpha.sandboxes())
	}
	return most
}

// canvases is the memory that making a picture takes outside the sandbox. The
// last one to be decoded may stay there.
func (s *source) canvases(last bool) (bytes int64) {
	if s.codec == nil || s.bits > 8 || !last {
		bytes = pictureBytes(s.width, s.height, s.chroma)
	}
	for _, l := range s.layers {
		if l.codec == nil || l.alpha != nil || len(l.transforms) > 0 {
			bytes += 2 * l.canvases(false) // one more to turn it
		}
	}
	if s.alpha != nil {
		bytes += s.alpha.canvases(false)
		if s.alpha.width != s.width || s.alpha.height != s.height || len(s.alpha.transforms) > 0 {
			bytes += int64(s.width) * int64(s.height) // to enlarge it
		}
	}
	return bytes
}

// picture makes a picture, over white if it is not opaque. That of the last source
// of all may stay in the sandbox.
func (d *decoder) picture(s *source, last bool) (*Picture, error) {
	pic, alpha, err := d.parts(s, last)
	if err == nil && alpha != nil {
		pic.overWhite(alpha, s.multiplied)
	}
	return pic, err
}

// parts makes a picture and how opaque it is, nil where it is all, both cut.
func (d *decoder) parts(s *source, last bool) (pic, alpha *Picture, err error) {
	if s.alpha != nil { // first, while the sandbox is free
		if alpha, err = d.whole(s.alpha, false); err != nil {
			return nil, nil, err
		}
	}
	if pic, err = d.whole(s, last); err != nil {
		return nil, nil, err
	}
	part, _ := s.lay(pic.Width, pic.Height)
	if alpha != nil {
		cut, _ := s.alpha.lay(alpha.Width, alpha.Height)
		if len(s.alpha.transforms) == 0 && alpha.Width == pic.Width && alpha.Height == pic.Height {
			cut = part
		}
		alpha.crop(cut)
		alpha = alpha.opacity(part.width, part.height)
	}
	pic.crop(part)
	return pic, alpha, nil
}

// whole makes a picture as it is stored.
func (d *decoder) whole(s *source, last bool) (*Picture, error) {
	if s.codec == nil {
		return d.layers(s)
	}
	decoded, err := d.coded(s)
	if err != nil {
		return nil, err
	}
	if decoded.isLossless() {
		return decoded.gbr(), nil
	}
	if pic := decoded.borrowed(); last && pic != nil {
		return pic, nil
	}
	pic := newPicture(decoded.width, decoded.height, decoded.chroma, decoded.colours)
	decoded.copyTo(pic, 0, 0)
	return pic, nil
}

// coded decodes a bitstream.
func (d *decoder) coded(s *source) (*decoded, error) {
	var more []uint64
	if s.codec == av1 {
		more = append(more, s.operating)
	}
	decoded, err := d.sandbox.decode(d.ctx, s.codec.module, s.pieces, more...)
	if err != nil {
		return nil, err
	}
	if decoded.chroma > s.chroma || decoded.bits() > s.bits || decoded.width > s.width+maxMargin || decoded.height > s.height+maxMargin {
		return nil, errDamaged // more than memory is reserved for
	}
	if decoded.width < s.width || decoded.height < s.height {
		return nil, errSmall
	}
	if s.colours != nil {
		decoded.colours = *s.colours
	}
	return decoded, nil
}

// maxMargin is by how much a bitstream may exceed the size that the file says.
const maxMargin = 64

// layers puts a picture together.
func (d *decoder) layers(s *source) (canvas *Picture, err error) {
	for _, l := range s.layers {
		if l.codec != nil && l.alpha == nil && len(l.transforms) == 0 && l.x >= 0 && l.y >= 0 {
			tile, err := d.coded(l.source)
			if err != nil {
				return nil, err
			}
			if canvas, err = s.canvas(canvas, tile.chroma, tile.colours); err != nil {
				return nil, err
			}
			tile.copyTo(canvas, l.x, l.y)
			continue
		}
		pic, alpha, err := d.parts(l.source, false)
		if err != nil {
			return nil, err
		}
		if canvas, err = s.canvas(canvas, pic.Chroma, pic.Colours); err != nil {
			return nil, err
		}
		_, turn := l.lay(l.width, l.height)
		if pic, err = pic.turned(turn); err != nil {
			return nil, err
		}
		if alpha != nil {
			if alpha, err = alpha.turned(turn); err != nil {
				return nil, err
			}
		}
		canvas.lay(pic, alpha, l.multiplied, l.x, l.y)
	}
	return canvas, nil
}

// canvas is what a source's layers are put on, which are all of one kind. It is
// made for the first of them.
func (s *source) canvas(canvas *Picture, chroma int, colours Colours) (*Picture, error) {
	if s.colours != nil {
		colours = *s.colours
	}
	if canvas == nil {
		if chroma > s.chroma {
			return nil, errDamaged
		}
		canvas = newPicture(s.width, s.height, chroma, colours)
		levels := canvas.levels(s.fill)
		for i, plane := range canvas.Planes {
			fill(plane.Pix, levels[i])
		}
	}
	if chroma != canvas.Chroma {
		return nil, errDamaged
	}
	return canvas, nil
}

func fill(pix []byte, level byte) {
	for i := range pix {
		pix[i] = level
	}
}
