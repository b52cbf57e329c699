package imageio

// grid says where a plane's samples lie along one side of its picture: length
// of them, one for every pitch pixels.
type grid struct {
	length, pitch int
	// smooth interpolates pixels between samples as libjpeg's "fancy
	// upsampling" and libwebp do: 3/4 of the sample a pixel lies in, 1/4 of
	// the neighbour it lies closer to. Otherwise samples are repeated.
	smooth bool
}

// chromaGrids are the grids of width × height samples for across × down pixels
// each. Like libjpeg they are smooth unless more than two pixels share one.
func chromaGrids(width, height, across, down int) (horizontal, vertical grid) {
	smooth := across <= 2 && down <= 2
	return grid{width, across, smooth && across == 2}, grid{height, down, smooth && down == 2}
}

// samplesOf returns the two samples that a pixel of the picture is made of,
// and the share of the nearer one.
func (g grid) samplesOf(pixel int) (near, far int, share float64) {
	near = pixel / g.pitch
	if !g.smooth {
		return near, near, 1
	}
	far = near + 1
	if pixel%2 == 0 {
		far = near - 1
	}
	return near, min(max(far, 0), g.length-1), 0.75
}

// firstUnder is the first sample that pixel or any later one is made of.
func (g grid) firstUnder(pixel int) int {
	near, far, _ := g.samplesOf(pixel)
	return min(near, far)
}

// samplesUnder is the largest number of samples that a run of pixels touches.
func (g grid) samplesUnder(pixels int) int {
	if g.smooth {
		return pixels/2 + 2
	}
	return (pixels+g.pitch-2)/g.pitch + 1
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }
