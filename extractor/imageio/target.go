package imageio

// target is a tensor in the making, addressed by the stored picture's rows
// and columns for any layout and orientation.
type target struct {
	output
	across, down             int // values in a row, and rows, of the stored picture
	perChannel, perRow, perX int
	normalise                [3]normalisation
	scattered                rowPair // rows whose values do not lie side by side
}

// rowPair is an upper and a lower row of red, green and blue.
type rowPair [2][3][]float32

// normalisation makes a tensor's value of a sum: (level − mean) / std.
type normalisation struct{ scale, offset float32 }

func (n normalisation) of(sum uint64) float32 { return float32(int64(sum))*n.scale + n.offset }

func newTarget(dst output, across, down int, turn orientation, p Preprocessing) target {
	t := target{output: dst, across: across, down: down}
	for i := range t.normalise {
		t.normalise[i] = normalisation{1 / (p.Std[i] * one), -(p.Mean[i] + bias/one) / p.Std[i]}
	}
	width := across // as it is shown
	if turn.swapsAxes() {
		width = down
	}
	switch p.Layout {
	case "NHWC":
		t.perChannel, t.perRow, t.perX = 1, 3*width, 3
	default:
		t.perChannel, t.perRow, t.perX = across*down, width, 1
	}
	if turn.swapsAxes() {
		t.perRow, t.perX = t.perX, t.perRow
	}
	if !t.inPlace() {
		buffer := make([]float32, 2*3*across)
		for i := range t.scattered {
			for channel := range 3 {
				t.scattered[i][channel], buffer = buffer[:across], buffer[across:]
			}
		}
	}
	return t
}

// inPlace tells whether rows of the tensor can be written as they are made.
func (t *target) inPlace() bool { return t.perX == 1 && t.bytes == nil }

// rows returns where to write rows y and y+1. A row beyond the last shares the
// memory of the one before, and must be written first.
func (t *target) rows(y int) rowPair {
	if !t.inPlace() {
		return t.scattered
	}
	var rows rowPair
	for i := range rows {
		for channel := range 3 {
			at := channel*t.perChannel + min(y+i, t.down-1)*t.perRow
			rows[i][channel] = t.floats[at:][:t.across]
		}
	}
	return rows
}

// written brings rows y and y+1 from where they were written to their places.
func (t *target) written(y int) {
	if t.inPlace() {
		return
	}
	for i := range min(2, t.down-y) {
		for channel, row := range t.scattered[i] {
			at := channel*t.perChannel + (y+i)*t.perRow
			for _, v := range row {
				if t.bytes != nil {
					t.bytes[at] = uint8(v + 0.5)
				} else {
					t.floats[at] = v
				}
				at += t.perX
			}
		}
	}
}
