package logistic

// Nearly all the time of a fit goes into products of rows and weights. The
// kernels take four rows and three outputs at a time, so that each value loaded
// is used three or four times; a single output has kernels of its own. On amd64 with AVX2 they are in assembly, as no
// library's float32 products without cgo come near what the processor can do;
// elsewhere, and for the last few values of a row, the loops below serve.
const (
	quadRows      = 4
	tripleOutputs = 3
)

// dot stores the product of each row with each of three outputs, which lie
// stride apart in w, at out[4·output + row]. The rows are of one length.
func dot(out *[12]float32, rows *[4][]float32, w []float32, stride int) {
	n := len(rows[0])
	_ = w[2*stride+n-1]
	done := dotVectors(out, rows, w, stride)
	if done == 0 {
		*out = [12]float32{}
	}
	if done == n {
		return
	}
	for c := range tripleOutputs {
		tail := w[c*stride+done : c*stride+n]
		for r := range quadRows {
			var sum float32
			for j, v := range rows[r][done:n] {
				sum += v * tail[j]
			}
			out[4*c+r] += sum
		}
	}
}

// add adds to each of three outputs' sums, which lie stride apart, the rows,
// each times by[4·output + row].
func add(sums []float32, stride int, by *[12]float32, rows *[4][]float32) {
	n := len(rows[0])
	_ = sums[2*stride+n-1]
	done := addVectors(sums, stride, by, rows)
	if done == n {
		return
	}
	r0, r1, r2, r3 := rows[0][done:n], rows[1][done:n], rows[2][done:n], rows[3][done:n]
	for c := range tripleOutputs {
		s := sums[c*stride+done : c*stride+n]
		b := by[4*c : 4*c+4]
		for j := range s {
			s[j] += b[0]*r0[j] + b[1]*r1[j] + b[2]*r2[j] + b[3]*r3[j]
		}
	}
}

// dotOne is dot for a single output.
func dotOne(out *[4]float32, rows *[4][]float32, w []float32) {
	n := len(rows[0])
	w = w[:n]
	done := dotOneVectors(out, rows, w)
	if done == 0 {
		*out = [4]float32{}
	}
	for r := range out {
		var sum float32
		for j, v := range rows[r][done:n] {
			sum += v * w[done+j]
		}
		out[r] += sum
	}
}

// addOne is add for a single output.
func addOne(sums []float32, by *[4]float32, rows *[4][]float32) {
	n := len(rows[0])
	done := addOneVectors(sums[:n], by, rows)
	r0, r1, r2, r3 := rows[0][done:n], rows[1][done:n], rows[2][done:n], rows[3][done:n]
	for j := range r0 {
		sums[done+j] += by[0]*r0[j] + by[1]*r1[j] + by[2]*r2[j] + by[3]*r3[j]
	}
}

// addMoments adds a row's differences d = factor·row − near to sum, and d² to
// squares. All are of one length.
func addMoments(sum, squares, near []float64, row []float32, factor float64) {
	n := len(row)
	sum, squares, near = sum[:n], squares[:n], near[:n]
	for j := momentsVectors(sum, squares, near, row, factor); j < n; j++ {
		d := factor*float64(row[j]) - near[j]
		sum[j] += d
		squares[j] += d * d
	}
}

// flush adds src to dst, of the same length, and sets src to 0.
func flush(dst []float64, src []float32) {
	done := flushVectors(dst, src)
	for j, v := range src[done:] {
		dst[done+j] += float64(v)
		src[done+j] = 0
	}
}
