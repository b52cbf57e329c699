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

// head is the table of the first n rows.
func (t table) head(n int) table { return table{t.columns, t.values[:n*t.columns]} }

// roundUp returns the least multiple of unit that is n or more.
func roundUp(n, unit int) int { return (n + unit - 1) / unit * unit }
