package mlp

// Nearly all the time of a fit goes into the three loops over vectors below:
// dots, average and move. On amd64 with AVX2 they are in assembly, several
// times as fast as gonum's Gemm, which fills half of a vector register and
// takes one product at a time. They take four hidden units at a time, with two
// rows or sixteen columns, so that what is loaded serves two or four times.
const (
	quadUnits = 4
	pairRows  = 2
	// vectorWidth divides the length of all vectors.
	vectorWidth = 16
)

// A quad is the vectors of four hidden units, of one length.
type quad [quadUnits][]float32

// quadOf returns the rows of up to four units, spare in the place of those
// missing.
func quadOf(t table, units []int, spare []float32) quad {
	var q quad
	for i := range q {
		q[i] = spare[:t.columns]
		if i < len(units) {
			q[i] = t.row(units[i])
		}
	}
	return q
}

// plainDots stores the products of two rows with each of four units.
func plainDots(out0, out1 *[quadUnits]float32, row0, row1 []float32, units *quad) {
	for k, unit := range units {
		var sum0, sum1 float32
		for j, w := range unit {
			sum0 += row0[j] * w
			sum1 += row1[j] * w
		}
		out0[k], out1[k] = sum0, sum1
	}
}

// plainAverage moves the moving averages of four units' gradients by share of
// the way to the gradients, and returns the sums of the gradients' squares.
// They are the sums of one row or more, each times the four values in its row
// of by from the given column on.
func plainAverage(means *quad, share float32, rows, by table, column int) (squares [quadUnits]float32) {
	gradient := make([]float32, rows.columns)
	for k, mean := range means {
		clear(gradient)
		for i := range len(rows.values) / rows.columns {
			factor := by.row(i)[column+k]
			for j, v := range rows.row(i) {
				gradient[j] += factor * v
			}
		}
		for j, g := range gradient {
			squares[k] += g * g
			mean[j] += share * (g - mean[j])
		}
	}
	return squares
}

// plainMove sets value to keep·value − rate·mean.
func plainMove(value, mean []float32, keep, rate float32) {
	for j, m := range mean {
		value[j] = keep*value[j] - rate*m
	}
}
