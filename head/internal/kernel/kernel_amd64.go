package kernel

import "golang.org/x/sys/cpu"

// haveAVX2 reports whether the processor has the instructions of kernel_amd64.s.
var haveAVX2 = cpu.X86.HasAVX2 && cpu.X86.HasFMA

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
func combineAVX2(y, x *float32, a, b float32, n int)

//go:noescape
func momentsAVX2(sum, squares, near *float64, row *float32, factor float64, n int)

//go:noescape
func flushAVX2(dst *float64, src *float32, n int)
