package mlp

// Nearly all the time of a fit goes into the three loops over vectors below. On
// amd64 with AVX2 they are in assembly: gonum's products of float32 use half of
// a vector register and read every value once for each product it is in. The
// kernels take four hidden units at a time and two rows, or sixteen columns, so
// that what they read serves two to four times.
const (
	quadUnits = 4
	pairRows  = 2
	// vectorWidth divides the length of every vector.
	vectorWidth = 16
)

// A quad is the vectors of four hidden units, of one length.
type quad [quadUnits][]float32

// plainDots is dots in Go.
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

// plainAverage is average in Go.
func plainAverage(means *quad, rows, by table, count, column int, share float32) (squares [quadUnits]float32) {
	for k, mean := range means {
		for j := range mean {
			var gradient float32
			for i := range count {
				gradient += by.row(i)[column+k] * rows.row(i)[j]
			}
			squares[k] += gradient * gradient
			mean[j] += share * (gradient - mean[j])
		}
	}
	return squares
}

// plainMove is move in Go.
func plainMove(value, mean []float32, keep, rate float32) {
	for j, m := range mean {
		value[j] = keep*value[j] - rate*m
	}
}
