package logistic

import "gonum.org/v1/gonum/floats"

// A sweep goes once over the rows of a matrix, for several lanes at a time. It
// takes them block by block, and the task that makes the residuals of a group
// of rows also adds up a narrow lane's products while the rows are at hand;
// else most of the time would go into fetching them again. In other lanes the
// products of a block's rows are added up next, some columns by each task.
//
// Products are float32, sums over more rows than a group's are float64.
// Work is cut by the shape of the matrix alone and each number is added up by
// one goroutine in the order of the rows, so that the number of workers
// changes no bit of the result.
type sweep struct {
	x      Matrix
	blocks [][]quad
	groups int // of the largest block
	team   team
}

const (
	blockValues  = 1 << 21 // logits of one lane in one block: 8 MiB
	minBlock     = 64      // rows
	maxBlock     = 1024
	groupQuads   = 16 // whose rows are added up in float32
	narrowValues = 1 << 14
	strip        = 512 // columns whose values the nearest cache holds
)

// newSweep takes the rows of x in their order, or those that order lists. part
// says to which part a row belongs; nil: all to one.
func newSweep(x Matrix, order []int, part []int, outputs int, t team) *sweep {
	s := &sweep{x: x, team: t}
	size := min(max(blockValues/outputs, minBlock), maxBlock)
	parts := 1
	for _, p := range part {
		parts = max(parts, p+1)
	}
	for start := 0; start < len(order); start += size {
		members := make([][]int, parts)
		for _, row := range order[start:min(start+size, len(order))] {
			p := 0
			if part != nil {
				p = part[row]
			}
			members[p] = append(members[p], row)
		}
		var block []quad
		for p, rows := range members {
			block = append(block, quads(rows, p)...)
		}
		s.blocks = append(s.blocks, block)
		s.groups = max(s.groups, groups(block))
	}
	return s
}

// run sets the lanes' sums.
func (s *sweep) run(lanes []*lane) {
	width := stripWidth(s.x.Dim())
	strips := (s.x.Dim() + width - 1) / width
	var wide []*lane
	for _, l := range lanes {
		clear(l.sums)
		if !l.narrow() {
			wide = append(wide, l)
			continue
		}
		if len(l.shares) < s.groups {
			l.shares = table[float64](s.groups, len(l.sums))
		}
		for _, share := range l.shares {
			clear(share)
		}
	}
	for _, block := range s.blocks {
		for _, l := range lanes {
			if size := len(block) * l.padded() * quadRows; len(l.values) < size {
				l.values = make([]float32, size)
			}
		}
		s.team.each(groups(block), func(g int) { s.turn(lanes, block, g) })
		tasks := len(lanes)
		if len(wide) > 0 {
			tasks += strips
		}
		s.team.each(tasks, func(i int) {
			if i < len(lanes) {
				tally(lanes[i], block)
				return
			}
			from := (i - len(lanes)) * width
			for g := range groups(block) {
				for _, l := range wide {
					s.gather(l, block, g, from, min(from+width, s.x.Dim()), l.sums)
				}
			}
		})
	}
	for _, l := range lanes {
		for _, share := range l.shares {
			floats.Add(l.sums, share)
		}
	}
}

// turn makes the residuals of group g of a block.
func (s *sweep) turn(lanes []*lane, block []quad, g int) {
	scratch := newScratch(lanes)
	for i := g * groupQuads; i < min((g+1)*groupQuads, len(block)); i++ {
		s.residuals(lanes, i, &block[i], scratch)
	}
	for from := 0; from < s.x.Dim(); from += strip {
		for _, l := range lanes {
			if l.narrow() {
				s.gather(l, block, g, from, min(from+strip, s.x.Dim()), l.shares[g])
			}
		}
	}
}

// stripWidth cuts columns evenly into an even number of strips, for the sums to
// be shared out among workers.
func stripWidth(dim int) int {
	strips := 2 * ((dim + strip - 1) / strip)
	return ((dim+strips-1)/strips + 7) &^ 7
}

func newScratch(lanes []*lane) []float64 {
	most := 0
	for _, l := range lanes {
		most = max(most, l.outputs)
	}
	return make([]float64, most)
}

// residuals sets the values of quad i of a block.
func (s *sweep) residuals(lanes []*lane, i int, q *quad, scratch []float64) {
	var rows [quadRows][]float32
	for r, row := range q.rows {
		rows[r] = s.x.Row(row)
	}
	for _, l := range lanes {
		if q.part == l.held {
			continue
		}
		size := l.padded() * quadRows
		values := l.values[i*size : (i+1)*size]
		l.products(&rows, values)
		logits := scratch[:l.outputs]
		for r, row := range q.rows {
			if r >= q.count {
				clearColumn(values, r)
				continue
			}
			for k := range logits {
				logits[k] = float64(values[k*quadRows+r])
			}
			l.turn(row, logits)
			for k, v := range logits {
				values[k*quadRows+r] = float32(v)
			}
		}
	}
}

// gather adds residual ⊗ row of group g of a block to the columns from, …, to-1
// of a lane's sums. There are no more columns than in a strip.
func (s *sweep) gather(l *lane, block []quad, g, from, to int, sums []float64) {
	var rows [groupQuads][quadRows][]float32
	var some [tripleOutputs * strip]float32
	width, padded := to-from, l.padded()
	first := g * groupQuads
	group := block[first:min(first+groupQuads, len(block))]
	for i, q := range group {
		for r, row := range q.rows {
			rows[i][r] = s.x.Row(row)[from:to]
		}
	}
	for c := 0; c < l.outputs; c += tripleOutputs {
		for i, q := range group {
			if q.part == l.held {
				continue
			}
			at := ((first+i)*padded + c) * quadRows
			if padded == 1 {
				addOne(some[:width], (*[4]float32)(l.values[at:]), &rows[i])
			} else {
				add(some[:], width, (*[12]float32)(l.values[at:]), &rows[i])
			}
		}
		for j := range min(tripleOutputs, padded) {
			at := (c+j)*l.dim + from
			flush(sums[at:at+width], some[j*width:(j+1)*width])
		}
	}
}
