//go:build !amd64

package mlp

func dots(out0, out1 *[quadUnits]float32, row0, row1 []float32, units *quad) {
	plainDots(out0, out1, row0, row1, units)
}

func average(means *quad, rows, by table, count, column int, share float32) [quadUnits]float32 {
	return plainAverage(means, rows, by, count, column, share)
}

func move(value, mean []float32, keep, rate float32) { plainMove(value, mean, keep, rate) }
