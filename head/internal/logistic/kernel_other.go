//go:build !amd64

package logistic

func dotVectors(*[12]float32, *[4][]float32, []float32, int) int { return 0 }
func addVectors([]float32, int, *[12]float32, *[4][]float32) int { return 0 }
func flushVectors([]float64, []float32) int                      { return 0 }
