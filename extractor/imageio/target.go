package imageio

// target is a tensor in the making, addressed by the stored picture's rows
// and columns whatever its layout and however the picture is turned.
type target struct {
	values                   []float32
	perChannel, perRow, perX int
	mean, scale              [3]float32
}

func newTarget(values []float32, turn orientation, p Preprocessing) target {
	t := target{values: values, mean: p.Mean}
	for i, std := range p.Std {
		t.scale[i] = 1 / std
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

// write normalises one row into its place.
func (t *target) write(y int, red, green, blue []float32) {
	for i, row := range [3][]float32{red, green, blue} {
		mean, scale := t.mean[i], t.scale[i]
		at := i*t.perChannel + y*t.perRow
		if t.perX == 1 {
			values := t.values[at:][:len(row)]
			for x, v := range row {
				values[x] = (v - mean) * scale
			}
			continue
		}
		for _, v := range row {
			t.values[at] = (v - mean) * scale
			at += t.perX
		}
	}
}
