package neardup

import "math"

// Side is how many grey values a print has across and down.
const Side = 32

const area = Side * Side

// thumbnail is a print: the grey values of a whole picture, made small.
type thumbnail struct {
	grey         []byte
	mean, spread float64 // spread is the length of the values less their mean
}

// minSpread is the least spread that is told from noise: half a grey level.
const minSpread = Side / 2

// newThumbnail returns nil if there are no values, or all are all but equal.
func newThumbnail(grey []byte) *thumbnail {
	if len(grey) != area {
		return nil
	}
	p := &thumbnail{grey: grey}
	var sum, squares float64
	for _, v := range grey {
		sum += float64(v)
		squares += float64(v) * float64(v)
	}
	p.mean = sum / area
	p.spread = math.Sqrt(max(0, squares-sum*p.mean))
	if p.spread < minSpread {
		return nil
	}
	return p
}

// mirrored returns p with left and right exchanged, in the values given.
func (p *thumbnail) mirrored(grey []byte) *thumbnail {
	for y := 0; y < area; y += Side {
		for x := range Side {
			grey[y+x] = p.grey[y+Side-1-x]
		}
	}
	return &thumbnail{grey, p.mean, p.spread}
}

// similarity returns the correlation of two prints, at most 1.
func similarity(a, b *thumbnail) float64 {
	var sum int64
	for i, v := range a.grey {
		sum += int64(v) * int64(b.grey[i])
	}
	return min(1, (float64(sum)-area*a.mean*b.mean)/(a.spread*b.spread))
}

// distance returns how far apart unit vectors of a correlation are.
func distance(similarity float64) float64 { return math.Sqrt(max(0, 2-2*similarity)) }

// unit writes the print less its mean, at length 1, as a vector.
func (p *thumbnail) unit(v []float32) {
	for i, grey := range p.grey {
		v[i] = float32((float64(grey) - p.mean) / p.spread)
	}
}
