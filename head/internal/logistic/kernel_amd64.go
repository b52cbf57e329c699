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
func flushAVX2(dst *float64, src *float32, n int)

func dotVectors(out *[12]float32, rows *[4][]float32, w []float32, stride int) (done int) {
	done = len(rows[0]) &^ 7
	if !haveVectors || done == 0 {
		return 0
	}
	dotAVX2(out, rows, &w[0], stride, done)
	return done
}

func addVectors(sums []float32, stride int, by *[12]float32, rows *[4][]float32) (done int) {
	done = len(rows[0]) &^ 7
	if !haveVectors || done == 0 {
		return 0
	}
	addAVX2(&sums[0], stride, by, rows, done)
	return done
}

func flushVectors(dst []float64, src []float32) (done int) {
	done = len(src) &^ 7
	if !haveVectors || done == 0 {
		return 0
	}
	flushAVX2(&dst[0], &src[0], done)
	return done
}
