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
	t.writeRow(y, 0, a, b, c)
	if y+1 < len(a) {
		t.writeRow(y+1, upperHalf, a, b, c)
	}
}

func (t *target) writeRow(y int, half uint, a, b, c []uint64) {
	b, c = b[:len(a)], c[:len(a)]
	red, green, blue := &t.finish[0], &t.finish[1], &t.finish[2]
	at := y * t.perRow
	if t.perX == 1 {
		r := t.values[at:][:len(a)]
		g := t.values[at+t.perChannel:][:len(a)]
		bl := t.values[at+2*t.perChannel:][:len(a)]
		for x := range a {
			a, b, c := unpack(a[x], half), unpack(b[x], half), unpack(c[x], half)
			r[x] = red.apply(a, b, c)
			g[x] = green.apply(a, b, c)
			bl[x] = blue.apply(a, b, c)
		}
		return
	}
	for x := range a {
		a, b, c := unpack(a[x], half), unpack(b[x], half), unpack(c[x], half)
		t.values[at] = red.apply(a, b, c)
		t.values[at+t.perChannel] = green.apply(a, b, c)
		t.values[at+2*t.perChannel] = blue.apply(a, b, c)
		at += t.perX
	}
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
