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

func newFinish(factors [3]float32, offset, mean, std float32) finish {
	scale := 1 / (std * one)
	a, b, c := factors[0]*scale, factors[1]*scale, factors[2]*scale
	return finish{a, b, c, (offset-mean)/std - (a+b+c)*bias, -mean / std, (255 - mean) / std}
}

func newTarget(values []float32, m colourModel, turn orientation, p Preprocessing) target {
	t := target{values: values}
	for i := range t.finish {
		t.finish[i] = newFinish(m.matrix[i], m.offset[i], p.Mean[i], p.Std[i])
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
	const upper, lower = 0, 32 // where in a word the row is
	t.writeRow(y, upper, a, b, c)
	if y+1 < len(a) {
		t.writeRow(y+1, lower, a, b, c)
	}
}

func (t *target) writeRow(y int, shift uint, a, b, c []uint64) {
	b, c = b[:len(a)], c[:len(a)]
	red, green, blue := &t.finish[0], &t.finish[1], &t.finish[2]
	at := y * t.perRow
	if t.perX == 1 {
		r := t.values[at:][:len(a)]
		g := t.values[at+t.perChannel:][:len(a)]
		bl := t.values[at+2*t.perChannel:][:len(a)]
		for x := range a {
			a, b, c := half(a[x], shift), half(b[x], shift), half(c[x], shift)
			r[x], g[x], bl[x] = red.apply(a, b, c), green.apply(a, b, c), blue.apply(a, b, c)
		}
		return
	}
	for x := range a {
		a, b, c := half(a[x], shift), half(b[x], shift), half(c[x], shift)
		t.values[at] = red.apply(a, b, c)
		t.values[at+t.perChannel] = green.apply(a, b, c)
		t.values[at+2*t.perChannel] = blue.apply(a, b, c)
		at += t.perX
	}
}

func half(sums uint64, shift uint) float32 { return float32(int64(uint32(sums >> (shift & 63)))) }

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
