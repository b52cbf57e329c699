package mlp

// A table holds rows of float32 one after the other.
type table struct {
	columns int
	values  []float32
}

func newTable(rows, columns int) table {
	return table{columns, make([]float32, rows*columns)}
}

func (t table) row(i int) []float32 { return t.values[i*t.columns : (i+1)*t.columns] }

// roundUp is the least multiple of unit that is n or more.
func roundUp(n, unit int) int { return (n + unit - 1) / unit * unit }

// fill sets a column of all rows.
func (t table) fill(column int, v float32) {
	for i := column; i < len(t.values); i += t.columns {
		t.values[i] = v
	}
}
