package headstart

import "math"

// grid is numbers for places that divide a rectangle evenly, row by row.
type grid struct {
	width, height int
	values        []float64
}

// at interpolates bilinearly between the middles of places. x and y are shares of
// the rectangle; beyond the outermost middles the values stay what they are there.
func (g *grid) at(x, y float64) float64 {
	left, right, across := neighbours(x, g.width)
	upper, lower, down := neighbours(y, g.height)
	row := func(y int) float64 {
		return (1-across)*g.values[y*g.width+left] + across*g.values[y*g.width+right]
	}
	return (1-down)*row(upper) + down*row(lower)
}

// neighbours are the places before and after a share of a side, and how far from the
// first to the second that is.
func neighbours(share float64, places int) (before, after int, between float64) {
	at := min(max(share*float64(places)-0.5, 0), float64(places-1))
	before = int(math.Floor(at))
	return before, min(before+1, places-1), at - float64(before)
}

func (g *grid) mean() float64 {
	sum := 0.0
	for _, v := range g.values {
		sum += v
	}
	return sum / float64(len(g.values))
}

// add adds a grid of the same rectangle, interpolated, and shifted so that its mean
// stays what it was.
func (g *grid) add(other grid) {
	scaled := grid{g.width, g.height, make([]float64, len(g.values))}
	for i := range scaled.values {
		x, y := i%g.width, i/g.width
		scaled.values[i] = other.at((float64(x)+0.5)/float64(g.width), (float64(y)+0.5)/float64(g.height))
	}
	shift := other.mean() - scaled.mean()
	for i, v := range scaled.values {
		g.values[i] += v + shift
	}
}
