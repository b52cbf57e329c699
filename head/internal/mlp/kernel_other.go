//go:build !amd64

package mlp

func dots(out0, out1 *[quadUnits]float32, row0, row1 []float32, units *quad) {
	plainDots(out0, out1, row0, row1, units)
}

func average(means *quad, share float32, rows, by table, column int) [quadUnits]float32 {
	return plainAverage(means, share, rows, by, column)
}

func move(value, mean []float32, keep, rate float32) { plainMove(value, mean, keep, rate) }
