// Package aligned makes slices whose place in memory changes no result.
package aligned

// Floats returns n zeros at an address divisible by 16. Go may place less than
// 32 bytes anywhere, and gonum's dot product adds up in another order where its
// second vector is not aligned.
func Floats(n int) []float32 {
	return make([]float32, n, max(n, 8))
}
