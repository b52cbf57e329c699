//go:build !amd64

package logistic

// haveVectors is false, as there are no kernels but those in Go.
var haveVectors = false

func dotVectors(*[12]float32, *[4][]float32, []float32, int) int { return 0 }
func addVectors([]float32, int, *[12]float32, *[4][]float32) int { return 0 }
func flushVectors([]float64, []float32) int                      { return 0 }

func dotOneVectors(*[4]float32, *[4][]float32, []float32) int                        { return 0 }
func addOneVectors([]float32, *[4]float32, *[4][]float32) int                        { return 0 }
func momentsVectors(sum, squares, near []float64, row []float32, factor float64) int { return 0 }
