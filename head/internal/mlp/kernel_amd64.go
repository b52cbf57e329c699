package mlp

import "golang.org/x/sys/cpu"

// haveVectors tells whether the processor has the instructions of
// kernel_amd64.s.
var haveVectors = cpu.X86.HasAVX2 && cpu.X86.HasFMA

// In each, n is a positive multiple of vectorWidth.

//go:noescape
func dotsAVX2(out0, out1 *[quadUnits]float32, row0, row1 *float32, units *quad, n int)

//go:noescape
func averageAVX2(squares *[quadUnits]float32, means *quad, rows, by *float32, stride, count, n int, share float32)

//go:noescape
func moveAVX2(value, mean *float32, keep, rate float32, n int)

func dots(out0, out1 *[quadUnits]float32, row0, row1 []float32, units *quad) {
	if haveVectors {
		dotsAVX2(out0, out1, &row0[0], &row1[0], units, len(row0))
	} else {
		plainDots(out0, out1, row0, row1, units)
	}
}

func average(means *quad, share float32, rows, by table, column int) (squares [quadUnits]float32) {
	if !haveVectors {
		return plainAverage(means, share, rows, by, column)
	}
	count := len(rows.values) / rows.columns
	averageAVX2(&squares, means, &rows.values[0], &by.values[column], by.columns, count, rows.columns, share)
	return squares
}

func move(value, mean []float32, keep, rate float32) {
	if haveVectors {
		moveAVX2(&value[0], &mean[0], keep, rate, len(value))
	} else {
		plainMove(value, mean, keep, rate)
	}
}
