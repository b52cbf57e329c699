package chart

import (
	"math"
	"strconv"
)

// x and y return where a value is in the view box.
func (c *Chart) x(value float64) float64 {
	from, to := left, width-right
	if c.Bare {
		width, _ := c.size()
		from, to = 12, width-12
	}
	return from + c.X.share(value)*(to-from)
}

func (c *Chart) y(value float64) float64 {
	from, to := height-bottom, top
	if c.Bare {
		_, height := c.size()
		from, to = height-12, 12
	}
	return from + c.Y.share(value)*(to-from)
}

// share returns where a value is between the ends of the axis, 0 to 1.
func (a Axis) share(value float64) float64 {
	low, high := a.Min, a.Max
	if a.Log {
		low, high, value = math.Log(low), math.Log(high), math.Log(value)
	}
	if !(high > low) || math.IsNaN(value) {
		return 0.5
	}
	return min(1, max(0, (value-low)/(high-low)))
}

func (a Axis) format(value float64) string {
	if a.Format != nil {
		return a.Format(value)
	}
	return strconv.FormatFloat(value, 'g', 4, 64)
}

// ticks returns at most about so many round values.
func (a Axis) ticks(most int) []float64 {
	if a.Ticks != nil || !(a.Max > a.Min) {
		return a.Ticks
	}
	if a.Log {
		return a.logTicks(most)
	}
	step := math.Pow(10, math.Floor(math.Log10((a.Max-a.Min)/float64(most))))
	for _, factor := range []float64{1, 2, 5, 10} {
		if (a.Max-a.Min)/(step*factor) <= float64(most) {
			step *= factor
			break
		}
	}
	var ticks []float64
	for n := math.Ceil(a.Min/step - 1e-9); n*step <= a.Max+step*1e-9; n++ {
		ticks = append(ticks, n*step)
	}
	return ticks
}

// logTicks returns 1, 2, 5, 10 and so on, or fewer of a long axis.
func (a Axis) logTicks(most int) []float64 {
	var ticks []float64
	for _, factors := range [][]float64{{1, 2, 5}, {1}} {
		ticks = nil
		for power := math.Pow(10, math.Floor(math.Log10(a.Min))); power <= a.Max; power *= 10 {
			for _, factor := range factors {
				if tick := power * factor; a.Min <= tick && tick <= a.Max {
					ticks = append(ticks, tick)
				}
			}
		}
		if len(ticks) <= most {
			break
		}
	}
	return ticks
}
