package imageio

// target is a tensor in the making, addressed by the stored picture's rows
// and columns whatever its layout and however the picture is turned.
type target struct {
	values                   []float32
	perChannel, perRow, perX int
	finish                   [3]finish
}

// finish makes one channel of the tensor from the sums of three planes:
// colour and normalisation in one step.
type finish struct {
	a, b, c, offset float32
	black, white    float32
}

func newTarget(values []float32, m colourModel, turn orientation, p Preprocessing) target {
	t := target{values: values}
	for i := range t.finish {
		mean, std := p.Mean[i], p.Std[i]
		scale := 1 / (std * one)
		t.finish[i] = finish{
			m.matrix[i][0] * scale, m.matrix[i][1] * scale, m.matrix[i][2] * scale,
			(m.offset[i] - mean) / std,
			-mean / std, (255 - mean) / std,
		}
	}
	switch p.Layout {
	case "NHWC":
		t.perChannel, t.perRow, t.perX = 1, 3*p.Crop, 3
	default:
		t.perChannel, t.perRow, t.perX = p.Crop*p.Crop, p.Crop, 1
	}
	if turn.swapsAxes() {
		t.perRow, t.perX = t.perX, t.perRow
	}
	return t
}

// write finishes rows y and y+1 into their places; the latter is left out
// where it is beyond the crop.
func (t *target) write(y int, a, b, c []uint64) {
	b, c = b[:len(a)], c[:len(a)]
	hasLower := y+1 < len(a)
	lower := 0
	if hasLower {
		lower = t.perRow
	}
	red, green, blue := t.finish[0], t.finish[1], t.finish[2]
	v := t.values
	at, pc := y*t.perRow, t.perChannel
	for x := range a {
		a1, a2 := unpack(a[x])
		b1, b2 := unpack(b[x])
		c1, c2 := unpack(c[x])
		v[at+lower] = red.apply(a2, b2, c2)
		v[at+lower+pc] = green.apply(a2, b2, c2)
		v[at+lower+2*pc] = blue.apply(a2, b2, c2)
		v[at] = red.apply(a1, b1, c1)
		v[at+pc] = green.apply(a1, b1, c1)
		v[at+2*pc] = blue.apply(a1, b1, c1)
		at += t.perX
	}
}

func unpack(sums uint64) (upper, lower float32) {
	return float32(int32(uint32(sums) - bias)), float32(int32(uint32(sums>>32) - bias))
}

// apply keeps colours within black and white, as a decoder would have done
// pixel by pixel; a cubic filter may leave that range too.
func (f *finish) apply(a, b, c float32) float32 {
	v := f.a*a + f.b*b + f.c*c + f.offset
	if v < f.black {
		return f.black
	}
	if v > f.white {
		return f.white
	}
	return v
}
