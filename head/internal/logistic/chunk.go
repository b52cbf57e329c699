package logistic

import "gonum.org/v1/gonum/blas/blas32"

const (
	maxChunks      = 16
	maxChunkValues = 1 << 22 // of all chunks' gradients together: 32 MiB
	chunkRows      = 128     // a chunk has no fewer, unless it is the only one
	blockRows      = 64      // so many rows are added up in float32
)

// A chunk is a range of rows and what has been added up over it.
type chunk struct {
	rows     []int
	loss     float64
	gradient []float64 // outputs × dim: Σ residual ⊗ row; then outputs: Σ residual
	block    []float32 // outputs × dim: the same sum over one block
	logits   []float64 // outputs
}

func newChunks(rows []int, outputs, dim int) []chunk {
	count := min(maxChunks, len(rows)/chunkRows, maxChunkValues/(outputs*dim))
	chunks := make([]chunk, max(count, 1))
	for i := range chunks {
		chunks[i] = chunk{
			rows:     rows[i*len(rows)/len(chunks) : (i+1)*len(rows)/len(chunks)],
			gradient: make([]float64, outputs*(dim+1)),
			block:    make([]float32, outputs*dim),
			logits:   make([]float64, outputs),
		}
	}
	return chunks
}

func (c *chunk) evaluate(o *objective) {
	c.loss = 0
	clear(c.gradient)
	for start := 0; start < len(c.rows); start += blockRows {
		clear(c.block)
		for _, i := range c.rows[start:min(start+blockRows, len(c.rows))] {
			c.add(o, o.x.Row(i), o.labels[i])
		}
		for j, v := range c.block {
			c.gradient[j] += float64(v)
		}
	}
}

// add adds one row's loss and its gradient while the row is in the processor's
// nearest cache: one pass over the rows per evaluation.
func (c *chunk) add(o *objective, row []float32, label int) {
	o.logits(row, c.logits)
	c.loss += o.loss(c.logits, label)
	dim := len(row)
	x := blas32.Vector{N: dim, Inc: 1, Data: row}
	for k, residual := range c.logits {
		c.gradient[len(c.block)+k] += residual
		sum := blas32.Vector{N: dim, Inc: 1, Data: c.block[k*dim : (k+1)*dim]}
		blas32.Axpy(float32(residual), x, sum)
	}
}
