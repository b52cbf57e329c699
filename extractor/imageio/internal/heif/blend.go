package heif

// Laying pictures over each other is linear, and so is the way from red, green and
// blue to Y', Cb and Cr: each plane is laid for itself.

// Shares is what red and blue count in luma, by Colours.Matrix; green has the rest.
func (c Colours) Shares() (red, blue float64) {
	matrix := c.Matrix
	if matrix == 12 { // what the primaries make it
		matrix = map[int]int{1: 1, 4: 4, 9: 9, 7: 7, 6: 7}[c.Primaries]
	}
	switch matrix {
	case 1: // BT.709
		return 0.2126, 0.0722
	case 4: // FCC
		return 0.30, 0.11
	case 7: // SMPTE 240M
		return 0.212, 0.087
	case 9: // BT.2020
		return 0.2627, 0.0593
	}
	return 0.299, 0.114 // BT.601
}

// levels are what the planes hold of a colour of 16 bits.
func (p *Picture) levels(colour [3]int) [3]byte {
	red, green, blue := float64(colour[0])/65535, float64(colour[1])/65535, float64(colour[2])/65535
	first, second, third := green, blue, red // GBR
	off := [3]float64{}
	switch p.Colours.Matrix {
	case GBR:
	case YCgCo:
		first, second, third = green/2+(red+blue)/4, green/2-(red+blue)/4, (red-blue)/2
		off[1], off[2] = 128, 128
	default:
		r, b := p.Colours.Shares()
		first = r*red + (1-r-b)*green + b*blue
		second, third = (blue-first)/2/(1-b), (red-first)/2/(1-r)
		off[1], off[2] = 128, 128
	}
	if p.Chroma == 0 {
		second, third = 0, 0
	}
	var levels [3]byte
	for i, value := range [3]float64{first, second, third} {
		black, white, reach := 0., 255., 255.
		if !p.Colours.Full {
			black, white, reach = 16, 235, 224
		}
		if off[i] == 0 {
			reach, off[i] = white-black, black
		}
		levels[i] = byte(min(max(off[i]+reach*value+0.5, 0), 255))
	}
	return levels
}

// opacity is a grey picture of a size made of another, whose samples are repeated.
func (p *Picture) opacity(width, height int) *Picture {
	p = &Picture{Width: p.Width, Height: p.Height, Planes: p.Planes[:1], Colours: Colours{Full: true}}
	if p.Width == width && p.Height == height {
		return p
	}
	out := newPicture(width, height, 0, p.Colours)
	for y := range height {
		from := p.Planes[0].Pix[y*p.Height/height*p.Planes[0].Stride:]
		to := out.Planes[0].Pix[y*width:][:width]
		for x := range to {
			to[x] = from[x*p.Width/width]
		}
	}
	return out
}

// opaque is how opaque the pixels are on average that a sample of a plane counts for.
func (p *Picture) opaque(x, y, chroma, plane int) int {
	pix, stride := p.Planes[0].Pix, p.Planes[0].Stride
	if plane == 0 || chroma == 3 {
		return int(pix[y*stride+x])
	}
	left, right := 2*x, min(2*x+1, p.Width-1)
	top, bottom := y, y
	if chroma == 1 {
		top, bottom = 2*y, min(2*y+1, p.Height-1)
	}
	return (int(pix[top*stride+left]) + int(pix[top*stride+right]) + int(pix[bottom*stride+left]) + int(pix[bottom*stride+right]) + 2) / 4
}

// mix lays a sample over another. Where it has been multiplied by how opaque it
// is, black was taken for nothing.
func mix(sample, under, black byte, opaque int, multiplied bool) byte {
	through := 255 - opaque
	if multiplied {
		return byte(min(max(int(sample)+((int(under)-int(black))*through)/255, 0), 255))
	}
	return byte((int(sample)*opaque + int(under)*through + 127) / 255)
}

// overWhite lays the picture over white.
func (p *Picture) overWhite(alpha *Picture, multiplied bool) {
	black, white := p.levels([3]int{}), p.levels([3]int{65535, 65535, 65535})
	for i, plane := range p.Planes {
		width, height := planeSize(p.Width, p.Height, p.Chroma, i)
		for y := range height {
			row := plane.Pix[y*plane.Stride:][:width]
			for x, sample := range row {
				row[x] = mix(sample, white[i], black[i], alpha.opaque(x, y, p.Chroma, i), multiplied)
			}
		}
	}
}

// lay puts another picture of the same kind over this one, at a place that may be
// outside.
func (p *Picture) lay(over, alpha *Picture, multiplied bool, x, y int) {
	black := p.levels([3]int{})
	for i, to := range p.Planes {
		across, down := planeSize(p.Width, p.Height, p.Chroma, i)
		width, height := planeSize(over.Width, over.Height, p.Chroma, i)
		left, top := planeStart(x, y, p.Chroma, i)
		for row := max(0, -top); row < min(height, down-top); row++ {
			for column := max(0, -left); column < min(width, across-left); column++ {
				sample := over.Planes[i].Pix[row*over.Planes[i].Stride+column]
				at := &to.Pix[(top+row)*to.Stride+left+column]
				if alpha != nil {
					sample = mix(sample, *at, black[i], alpha.opaque(column, row, p.Chroma, i), multiplied)
				}
				*at = sample
			}
		}
	}
}
