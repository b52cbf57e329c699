package logistic

import "golang.org/x/sys/cpu"

// haveVectors tells whether the processor has the instructions of
// kernel_amd64.s.
var haveVectors = cpu.X86.HasAVX2 && cpu.X86.HasFMA

// In each, n is a positive multiple of 8.

//go:noescape
func dotAVX2(out *[12]float32, rows *[4][]float32, w *float32, stride, n int)

//go:noescape
func addAVX2(sums *float32, stride int, by *[12]float32, rows *[4][]float32, n int)

//go:noescape
func dotOneAVX2(out *[4]float32, rows *[4][]float32, w *float32, n int)

//go:noescape
func addOneAVX2(sums *float32, by *[4]float32, rows *[4][]float32, n int)

//go:noescape
func momentsAVX2(sum, squares, near *float64, row *float32, factor float64, n int)

//go:noescape
func flushAVX2(dst *float64, src *float32, n int)

// vectors is how many of n values the kernels take.
func vectors(n int) int {
	if !haveVectors {
		return 0
	}
	return n &^ 7
}

func dotVectors(out *[12]float32, rows *[4][]float32, w []float32, stride int) (done int) {
	if done = vectors(len(rows[0])); done == 0 {
		return 0
	}
	dotAVX2(out, rows, &w[0], stride, done)
	return done
}

func addVectors(sums []float32, stride int, by *[12]float32, rows *[4][]float32) (done int) {
	if done = vectors(len(rows[0])); done == 0 {
		return 0
	}
	addAVX2(&sums[0], stride, by, rows, done)
	return done
}

func flushVectors(dst []float64, src []float32) (done int) {
	if done = vectors(len(src)); done == 0 {
		return 0
	}
	flushAVX2(&dst[0], &src[0], done)
	return done
}

func dotOneVectors(out *[4]float32, rows *[4][]float32, w []float32) (done int) {
	if done = vectors(len(rows[0])); done == 0 {
		return 0
	}
	dotOneAVX2(out, rows, &w[0], done)
	return done
}

func addOneVectors(sums []float32, by *[4]float32, rows *[4][]float32) (done int) {
	if done = vectors(len(rows[0])); done == 0 {
		return 0
	}
	addOneAVX2(&sums[0], by, rows, done)
	return done
}

func momentsVectors(sum, squares, near []float64, row []float32, factor float64) (done int) {
	if done = vectors(len(row)); done == 0 {
		return 0
	}
	momentsAVX2(&sum[0], &squares[0], &near[0], &row[0], factor, done)
	return done
}
