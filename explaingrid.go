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

// add adds share times a grid that divides a part of the rectangle, interpolated. What
// it adds to the mean is share times the other's mean, exactly.
func (g *grid) add(other grid, part Frame, share float64) {
	var inside []int
	var values []float64
	sum := 0.0
	for i := range g.values {
		x := ((float64(i%g.width)+0.5)/float64(g.width) - part.Left) / (part.Right - part.Left)
		y := ((float64(i/g.width)+0.5)/float64(g.height) - part.Top) / (part.Bottom - part.Top)
		if min(x, y) >= 0 && max(x, y) <= 1 {
			inside, values = append(inside, i), append(values, other.at(x, y))
			sum += values[len(values)-1]
		}
	}
	if len(inside) == 0 { // the part lies between the middles of places
		column := int((part.Left + part.Right) / 2 * float64(g.width))
		row := int((part.Top + part.Bottom) / 2 * float64(g.height))
		inside, values = []int{row*g.width + column}, []float64{0}
	}
	shift := other.mean() - sum/float64(len(inside))
	larger := share * float64(len(g.values)) / float64(len(inside))
	for n, i := range inside {
		g.values[i] += larger * (values[n] + shift)
	}
}
