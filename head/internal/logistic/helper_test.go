package logistic

import "math/rand/v2"

// matrix holds rows one after the other.
type matrix struct {
	dim    int
	values []float32
}

func (m matrix) Len() int            { return len(m.values) / m.dim }
func (m matrix) Dim() int            { return m.dim }
func (m matrix) Row(i int) []float32 { return m.values[i*m.dim : (i+1)*m.dim] }

// draw makes embeddings such as a convolutional network's: no value is
// negative, a few directions hold most of the variance, and classes overlap.
func draw(n, dim, classes int, seed uint64) (matrix, []int) {
	chance := rand.New(rand.NewPCG(seed, 1))
	const factors = 32
	mix := make([]float32, factors*dim)
	for i := range mix {
		mix[i] = float32(chance.NormFloat64()) / float32(1+i/dim)
	}
	centres := make([]float32, classes*factors)
	for i := range centres {
		centres[i] = float32(chance.NormFloat64())
	}
	x := matrix{dim, make([]float32, n*dim)}
	labels := make([]int, n)
	for i := range n {
		labels[i] = i % classes
		row := x.Row(i)
		for f := range factors {
			z := centres[labels[i]*factors+f] + float32(chance.NormFloat64())
			for j := range row {
				row[j] += z * mix[f*dim+j]
			}
		}
		for j := range row {
			row[j] = max(0, row[j]+0.5*float32(chance.NormFloat64()))
		}
	}
	return x, labels
}
