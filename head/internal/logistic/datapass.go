package logistic

import (
	"context"

	"gonum.org/v1/gonum/floats"

	"github.com/digitalinnovationone/headstart/head/internal/kernel"
	"github.com/digitalinnovationone/headstart/internal/matrix"
)

// A dataPass reads the rows of a matrix once and updates several models from
// them. It works chunk by chunk. The task that computes the residuals of a group
// of rows also adds up a narrow model's products while those rows are in the
// cache; otherwise most of the time would go into fetching them again. A wide
// model's products are added up after the chunk, some columns by each task.
//
// Products are float32; sums over more rows than a group's are float64. The work
// is divided by the shape of the matrix alone, and each number is added up by
// one goroutine in the order of the rows, so that the number of workers does not
// change the result.
type dataPass struct {
	x       matrix.Float32
	chunks  [][]rowBlock
	groups  int // of the largest chunk
	workers workers
}

const (
	chunkValues  = 1 << 21 // logits of one model in one chunk: 8 MiB
	minChunk     = 64      // rows
	maxChunk     = 1024
	groupBlocks  = 16 // row blocks whose products are added up in float32
	narrowValues = 1 << 14
	columnBlock  = 512 // columns whose values fit the nearest cache
)

// A rowBlock is up to four rows of one part.
type rowBlock struct {
	rows  [kernel.Rows]int // those past count repeat the first
	count int
	part  int
}

// newDataPass reads the rows of x that order lists, in that order. part gives
// the part that each row of x belongs to; nil means 0 for all.
func newDataPass(x matrix.Float32, order []int, part []int, outputs int, w workers) *dataPass {
	p := &dataPass{x: x, workers: w}
	size := min(max(chunkValues/outputs, minChunk), maxChunk)
	parts := 1
	for _, n := range part {
		parts = max(parts, n+1)
	}
	for start := 0; start < len(order); start += size {
		members := make([][]int, parts)
		for _, row := range order[start:min(start+size, len(order))] {
			n := 0
			if part != nil {
				n = part[row]
			}
			members[n] = append(members[n], row)
		}
		var chunk []rowBlock
		for n, rows := range members {
			chunk = append(chunk, rowBlocks(rows, n)...)
		}
		p.chunks = append(p.chunks, chunk)
		p.groups = max(p.groups, groups(chunk))
	}
	return p
}

func groups(chunk []rowBlock) int { return (len(chunk) + groupBlocks - 1) / groupBlocks }

// rowBlocks cuts rows of one part into blocks.
func rowBlocks(rows []int, part int) []rowBlock {
	blocks := make([]rowBlock, 0, (len(rows)+kernel.Rows-1)/kernel.Rows)
	for ; len(rows) > 0; rows = rows[min(kernel.Rows, len(rows)):] {
		b := rowBlock{part: part, count: min(kernel.Rows, len(rows))}
		for r := range b.rows {
			b.rows[r] = rows[0]
		}
		copy(b.rows[:], rows)
		blocks = append(blocks, b)
	}
	return blocks
}

// run sets the models' sums. They are incomplete if it returns an error, which is
// that of ctx.
func (p *dataPass) run(ctx context.Context, models []*linearModel) error {
	width := columnWidth(p.x.Dim())
	var wide []*linearModel
	for _, m := range models {
		clear(m.sums)
		if !m.narrow() {
			wide = append(wide, m)
			continue
		}
		if len(m.shares) < p.groups {
			m.shares = matrix.Table[float64](p.groups, len(m.sums))
		}
		for _, share := range m.shares {
			clear(share)
		}
	}
	for _, chunk := range p.chunks {
		if err := ctx.Err(); err != nil {
			return err
		}
		for _, m := range models {
			if size := len(chunk) * m.padded() * kernel.Rows; len(m.values) < size {
				m.values = make([]float32, size)
			}
		}
		p.workers.each(groups(chunk), func(g int) { p.group(models, chunk, g) })
		tasks := len(models)
		if len(wide) > 0 {
			tasks += (p.x.Dim() + width - 1) / width
		}
		p.workers.each(tasks, func(i int) {
			if i < len(models) {
				models[i].tallyChunk(chunk)
				return
			}
			from := (i - len(models)) * width
			for g := range groups(chunk) {
				if ctx.Err() != nil {
					return
				}
				for _, m := range wide {
					p.gather(m, chunk, g, from, min(from+width, p.x.Dim()), m.sums)
				}
			}
		})
	}
	for _, m := range models {
		for _, share := range m.shares {
			floats.Add(m.sums, share)
		}
	}
	return ctx.Err()
}

// columnWidth divides the columns evenly into an even number of blocks, which
// workers share.
func columnWidth(dim int) int {
	blocks := 2 * ((dim + columnBlock - 1) / columnBlock)
	return ((dim+blocks-1)/blocks + 7) &^ 7
}

// group computes the residuals of group g of a chunk, and adds up the products
// of narrow models.
func (p *dataPass) group(models []*linearModel, chunk []rowBlock, g int) {
	outputs := 0
	for _, m := range models {
		outputs = max(outputs, m.outputs)
	}
	scratch := make([]float64, outputs)
	for i := g * groupBlocks; i < min((g+1)*groupBlocks, len(chunk)); i++ {
		p.residuals(models, i, &chunk[i], scratch)
	}
	for from := 0; from < p.x.Dim(); from += columnBlock {
		for _, m := range models {
			if m.narrow() {
				p.gather(m, chunk, g, from, min(from+columnBlock, p.x.Dim()), m.shares[g])
			}
		}
	}
}

// residuals sets the values of row block i of a chunk.
func (p *dataPass) residuals(models []*linearModel, i int, b *rowBlock, scratch []float64) {
	var rows [kernel.Rows][]float32
	for r, row := range b.rows {
		rows[r] = p.x.Row(row)
	}
	for _, m := range models {
		if b.part == m.without {
			continue
		}
		size := m.padded() * kernel.Rows
		values := m.values[i*size : (i+1)*size]
		m.products(&rows, values)
		logits := scratch[:m.outputs]
		for r, row := range b.rows {
			if r >= b.count {
				for k := r; k < len(values); k += kernel.Rows {
					values[k] = 0
				}
				continue
			}
			for k := range logits {
				logits[k] = float64(values[k*kernel.Rows+r])
			}
			m.residuals(row, logits)
			for k, v := range logits {
				values[k*kernel.Rows+r] = float32(v)
			}
		}
	}
}

// gather adds residual ⊗ row of group g of a chunk to the columns from, …, to-1
// of a model's sums. There are at most columnBlock of them.
func (p *dataPass) gather(m *linearModel, chunk []rowBlock, g, from, to int, sums []float64) {
	var rows [groupBlocks][kernel.Rows][]float32
	var some [kernel.Outputs * columnBlock]float32
	width, padded := to-from, m.padded()
	first := g * groupBlocks
	group := chunk[first:min(first+groupBlocks, len(chunk))]
	for i, b := range group {
		for r, row := range b.rows {
			rows[i][r] = p.x.Row(row)[from:to]
		}
	}
	for c := 0; c < m.outputs; c += kernel.Outputs {
		for i, b := range group {
			if b.part == m.without {
				continue
			}
			by := m.values[((first+i)*padded+c)*kernel.Rows:]
			if padded == 1 {
				kernel.AddOne(some[:width], (*[kernel.Rows]float32)(by), &rows[i])
			} else {
				kernel.Add(some[:], width, (*[kernel.Rows * kernel.Outputs]float32)(by), &rows[i])
			}
		}
		for j := range min(kernel.Outputs, padded) {
			at := (c+j)*m.dim + from
			kernel.Flush(sums[at:at+width], some[j*width:(j+1)*width])
		}
	}
}
