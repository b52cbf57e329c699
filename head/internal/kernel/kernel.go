// Package kernel has the loops in which all solvers spend their time: products
// of rows with weights, sums of rows, and what goes with them.
//
// Dot and Add take four rows and three outputs at a time, so that each value
// loaded is used three or four times; DotOne and AddOne serve a single output.
// On amd64 with AVX2 they are in assembly, as no library's float32 products
// without cgo come near what the processor can do; elsewhere, and for the last
// few values of a row, the loops in Go below serve.
package kernel

const (
	Rows    = 4 // that a kernel takes at a time
	Outputs = 3 // that Dot and Add take at a time
)

// vectors returns how many of n values the assembly takes.
func vectors(n int) int {
	if !haveAVX2 {
		return 0
	}
	return n &^ 7
}

// Dot stores the product of each row with each of three outputs, which lie
// stride apart in w, at out[4·output + row]. The rows are of one length.
func Dot(out *[Rows * Outputs]float32, rows *[Rows][]float32, w []float32, stride int) {
	n := len(rows[0])
	_ = w[2*stride+n-1]
	done := vectors(n)
	if done > 0 {
		dotAVX2(out, rows, &w[0], stride, done)
	} else {
		*out = [Rows * Outputs]float32{}
	}
	for c := range Outputs {
		dotTail((*[Rows]float32)(out[Rows*c:]), rows, w[c*stride:], done)
	}
}

// Add adds to each of three outputs' sums, which lie stride apart, the rows,
// each times by[4·output + row].
func Add(sums []float32, stride int, by *[Rows * Outputs]float32, rows *[Rows][]float32) {
	n := len(rows[0])
	_ = sums[2*stride+n-1]
	done := vectors(n)
	if done > 0 {
		addAVX2(&sums[0], stride, by, rows, done)
	}
	for c := range Outputs {
		addTail(sums[c*stride+done:c*stride+n], (*[Rows]float32)(by[Rows*c:]), rows, done)
	}
}

// DotOne is Dot for a single output.
func DotOne(out *[Rows]float32, rows *[Rows][]float32, w []float32) {
	n := len(rows[0])
	w = w[:n]
	done := vectors(n)
	if done > 0 {
		dotOneAVX2(out, rows, &w[0], done)
	} else {
		*out = [Rows]float32{}
	}
	dotTail(out, rows, w, done)
}

// dotTail adds to out the products of what follows the first values of each row.
func dotTail(out *[Rows]float32, rows *[Rows][]float32, w []float32, from int) {
	if from == len(rows[0]) {
		return
	}
	for r, row := range rows {
		var sum float32
		for j, v := range row[from:] {
			sum += v * w[from+j]
		}
		out[r] += sum
	}
}

// AddOne is Add for a single output.
func AddOne(sums []float32, by *[Rows]float32, rows *[Rows][]float32) {
	n := len(rows[0])
	sums = sums[:n]
	done := vectors(n)
	if done > 0 {
		addOneAVX2(&sums[0], by, rows, done)
	}
	addTail(sums[done:], by, rows, done)
}

// addTail is AddOne for what follows the first values of each row.
func addTail(sums []float32, by *[Rows]float32, rows *[Rows][]float32, from int) {
	r0, r1, r2, r3 := rows[0][from:], rows[1][from:], rows[2][from:], rows[3][from:]
	for j := range sums {
		sums[j] += by[0]*r0[j] + by[1]*r1[j] + by[2]*r2[j] + by[3]*r3[j]
	}
}

// Combine sets y to a·y + b·x. Both are of one length.
func Combine(y []float32, a float32, x []float32, b float32) {
	y = y[:len(x)]
	done := vectors(len(x))
	if done > 0 {
		combineAVX2(&y[0], &x[0], a, b, done)
	}
	for j, v := range x[done:] {
		y[done+j] = a*y[done+j] + b*v
	}
}

// AddMoments adds a row's differences d = factor·row − near to sum, and d² to
// squares. All are of one length.
func AddMoments(sum, squares, near []float64, row []float32, factor float64) {
	n := len(row)
	sum, squares, near = sum[:n], squares[:n], near[:n]
	done := vectors(n)
	if done > 0 {
		momentsAVX2(&sum[0], &squares[0], &near[0], &row[0], factor, done)
	}
	for j := done; j < n; j++ {
		d := factor*float64(row[j]) - near[j]
		sum[j] += d
		squares[j] += d * d
	}
}

// Flush adds src to dst, of the same length, and sets src to 0.
func Flush(dst []float64, src []float32) {
	done := vectors(len(src))
	if done > 0 {
		flushAVX2(&dst[0], &src[0], done)
	}
	for j, v := range src[done:] {
		dst[done+j] += float64(v)
		src[done+j] = 0
	}
}

// Plain makes the kernels those in Go until restore is called. It is for tests.
func Plain() (restore func()) {
	have := haveAVX2
	haveAVX2 = false
	return func() { haveAVX2 = have }
}
