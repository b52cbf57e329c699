//go:build !amd64

package kernel

// haveAVX2 is false, as there are no kernels but those in Go.
var haveAVX2 = false

func dotAVX2(*[12]float32, *[4][]float32, *float32, int, int)    {}
func addAVX2(*float32, int, *[12]float32, *[4][]float32, int)    {}
func dotOneAVX2(*[4]float32, *[4][]float32, *float32, int)       {}
func addOneAVX2(*float32, *[4]float32, *[4][]float32, int)       {}
func combineAVX2(_, _ *float32, _, _ float32, _ int)             {}
func momentsAVX2(_, _, _ *float64, _ *float32, _ float64, _ int) {}
func flushAVX2(*float64, *float32, int)                          {}
