package logistic

import "gonum.org/v1/gonum/floats"

// A lane is one set of outputs of a sweep: for each row x, turn makes residuals
// of the logits W·x, and the sweep adds up residual ⊗ x.
type lane struct {
	outputs int
	dim     int
	// held is the part of the rows to pass over, or none.
	held int
	// weights are W: padded() rows, of which those past outputs are zero.
	weights []float32
	// sums is Σ residual ⊗ row, laid out as weights are.
	sums []float64
	// turn overwrites the logits of a row of the matrix with its residuals. It
	// is called by several goroutines at once, in no order.
	turn func(row int, logits []float64)
	// tally, if there is one, is called with the rows and their residuals in
	// order.
	tally func(row int, residuals []float64)

	values []float32 // of one block: quad by quad, padded() × 4 logits or residuals
	// shares are what each group of a block adds to sums, if the lane is narrow.
	shares [][]float64
}

const none = -1

func newLane(outputs, dim, held int) lane {
	l := lane{outputs: outputs, dim: dim, held: held}
	l.weights = make([]float32, l.padded()*dim)
	l.sums = make([]float64, l.padded()*dim)
	return l
}

// padded is the number of outputs, rounded up to what the kernels take.
func (l *lane) padded() int {
	if l.outputs == 1 {
		return 1
	}
	return (l.outputs + tripleOutputs - 1) / tripleOutputs * tripleOutputs
}

// narrow tells whether there are so few sums that each group of a block can
// have its own.
func (l *lane) narrow() bool { return len(l.sums) <= narrowValues }

// A quad is up to four rows of one part.
type quad struct {
	rows  [quadRows]int // those past count repeat the first
	count int
	part  int
}

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

func groups(block []quad) int { return (len(block) + groupQuads - 1) / groupQuads }

// quads cuts rows of one part into fours.
func quads(rows []int, part int) []quad {
	cut := make([]quad, 0, (len(rows)+quadRows-1)/quadRows)
	for ; len(rows) > 0; rows = rows[min(quadRows, len(rows)):] {
		q := quad{part: part, count: min(quadRows, len(rows))}
		for r := range q.rows {
			q.rows[r] = rows[0]
		}
		copy(q.rows[:], rows)
		cut = append(cut, q)
	}
	return cut
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

// products stores W·x of four rows, that of output k and row r at
// values[4·k + r].
func (l *lane) products(rows *[quadRows][]float32, values []float32) {
	clear(values)
	var out [quadRows * tripleOutputs]float32
	var part [quadRows][]float32
	for from := 0; from < l.dim; from += strip {
		for r, row := range rows {
			part[r] = row[from:min(from+strip, l.dim)]
		}
		if l.outputs == 1 {
			dotOne((*[quadRows]float32)(out[:]), &part, l.weights[from:])
			for r := range quadRows {
				values[r] += out[r]
			}
			continue
		}
		for c := 0; c < l.outputs; c += tripleOutputs {
			dot(&out, &part, l.weights[c*l.dim+from:], l.dim)
			sum := values[c*quadRows : (c+tripleOutputs)*quadRows]
			for j, v := range out {
				sum[j] += v
			}
		}
	}
}

func clearColumn(values []float32, r int) {
	for ; r < len(values); r += quadRows {
		values[r] = 0
	}
}

func tally(l *lane, block []quad) {
	if l.tally == nil {
		return
	}
	residuals := make([]float64, l.outputs)
	size := l.padded() * quadRows
	for i, q := range block {
		if q.part == l.held {
			continue
		}
		for r, row := range q.rows[:q.count] {
			for k := range residuals {
				residuals[k] = float64(l.values[i*size+k*quadRows+r])
			}
			l.tally(row, residuals)
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
