package imageio

// Two rows of the crop are computed at once, in the two 32-bit halves of each
// 64-bit word: one multiplication does for both, which is the nearest thing to
// a vector unit that Go has. A bias keeps the halves from going negative, so
// that the lower does not borrow from the upper.
const (
	weightBits = 11
	oneWeight  = 1 << weightBits       // 1, as a weight along one side
	one        = oneWeight * oneWeight // 1, as a product of two of them
	bias       = 1 << 30               // 256 levels, more than anything is under black

	lowerHalf  = 1<<32 - 1
	bothHalves = 1<<32 + 1 // as a factor, puts a number in each
)

// rowTap is a row of samples and its weights in the two rows being computed.
type rowTap struct {
	samples []uint8
	weights uint64
}

// blend sums rows, column by column, each times its weights, and as much bias
// as becomes the whole of it when columns are summed.
func blend(sums []uint64, rows []rowTap) {
	for x := range sums {
		sums[x] = bias / oneWeight * bothHalves
	}
	for ; len(rows) >= 4; rows = rows[4:] {
		add4(sums, (*[4]rowTap)(rows))
	}
	for ; len(rows) >= 2; rows = rows[2:] {
		add2(sums, (*[2]rowTap)(rows))
	}
	if len(rows) == 1 {
		add2(sums, &[2]rowTap{rows[0], {rows[0].samples, 0}})
	}
}

func add2(sums []uint64, rows *[2]rowTap) {
	r0, w0 := rows[0].samples[:len(sums)], rows[0].weights
	r1, w1 := rows[1].samples[:len(sums)], rows[1].weights
	for x := range sums {
		sums[x] += uint64(r0[x])*w0 + uint64(r1[x])*w1
	}
}

func add4(sums []uint64, rows *[4]rowTap) {
	r0, w0 := rows[0].samples[:len(sums)], rows[0].weights
	r1, w1 := rows[1].samples[:len(sums)], rows[1].weights
	r2, w2 := rows[2].samples[:len(sums)], rows[2].weights
	r3, w3 := rows[3].samples[:len(sums)], rows[3].weights
	for x := range sums {
		sums[x] += (uint64(r0[x])*w0 + uint64(r1[x])*w1) + (uint64(r2[x])*w2 + uint64(r3[x])*w3)
	}
}

// gather sums the kept pixels of two rows from blended columns. A sum is bias
// plus level times one.
func (a *axis) gather(dst, columns []uint64) {
	start := a.start[:len(dst)]
	if a.taps == fewTaps {
		for x := range dst {
			w := (*[fewTaps]uint64)(a.weight[fewTaps*x:])
			at := start[x]
			c := columns[at : at+fewTaps : at+fewTaps]
			dst[x] = (w[0]*c[0] + w[1]*c[1]) + (w[2]*c[2] + w[3]*c[3])
		}
		return
	}
	for x := range dst {
		weights := a.weightsOf(x)
		columns := columns[start[x]:][:len(weights)]
		var even, odd uint64
		for len(weights) >= 4 && len(columns) >= 4 {
			even += weights[0]*columns[0] + weights[2]*columns[2]
			odd += weights[1]*columns[1] + weights[3]*columns[3]
			weights, columns = weights[4:], columns[4:]
		}
		dst[x] = even + odd
	}
}

// gatherBoth is gather for two planes, which takes little longer than for one.
func (a *axis) gatherBoth(dst1, columns1, dst2, columns2 []uint64) {
	if a.taps != fewTaps {
		a.gather(dst1, columns1)
		a.gather(dst2, columns2)
		return
	}
	start, dst2, columns2 := a.start[:len(dst1)], dst2[:len(dst1)], columns2[:len(columns1)]
	for x := range dst1 {
		w := (*[fewTaps]uint64)(a.weight[fewTaps*x:])
		at := start[x]
		c1 := columns1[at : at+fewTaps : at+fewTaps]
		c2 := columns2[at : at+fewTaps : at+fewTaps]
		dst1[x] = (w[0]*c1[0] + w[1]*c1[1]) + (w[2]*c1[2] + w[3]*c1[3])
		dst2[x] = (w[0]*c2[0] + w[1]*c2[1]) + (w[2]*c2[2] + w[3]*c2[3])
	}
}
