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

// write finishes one row into its place.
func (t *target) write(y int, a, b, c []float32) {
	b, c = b[:len(a)], c[:len(a)]
	for channel := range t.finish {
		f := &t.finish[channel]
		at := channel*t.perChannel + y*t.perRow
		for x := range a {
			t.values[at] = f.apply(a[x], b[x], c[x])
			at += t.perX
		}
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
