package imageio

import "math"

// filter is an interpolation kernel that vanishes beyond support.
type filter struct {
	support float64
	at      func(x float64) float64
}

var filters = map[string]*filter{
	"bilinear": {1, triangle},
	"bicubic":  {2, cubic},
}

func triangle(x float64) float64 { return max(1-math.Abs(x), 0) }

// cubic is Keys' kernel with a = −0.5, as in Pillow.
func cubic(x float64) float64 {
	const a = -0.5
	x = math.Abs(x)
	switch {
	case x < 1:
		return ((a+2)*x-(a+3))*x*x + 1
	case x < 2:
		return (((x-5)*x+8)*x - 4) * a
	}
	return 0
}
