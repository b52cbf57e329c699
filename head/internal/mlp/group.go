package mlp

// A group is some rows of a batch and the hidden units that see them. Its
// tables hold a row for each of the rows, and one more where they are odd.
type group struct {
	rows   []int     // of the matrix
	units  []int     // hidden units
	inputs table     // standardised, then 1 for the units' bias
	hidden table     // a column for each of the units: after ReLU and dropout
	blame  table     // as hidden: the loss's derivatives by what goes into ReLU
	errors table     // classes: the loss's derivatives by the logits
	losses []float64 // weighted cross-entropy
	spare  []float32 // zeros in the place of a unit's vector
}

func newGroup(rows, dim, hidden, classes int) *group {
	even, inputs, errors := roundUp(rows, pairRows), roundUp(dim+1, vectorWidth), roundUp(classes, vectorWidth)
	return &group{
		inputs: newTable(even, inputs),
		hidden: newTable(even, roundUp(hidden, quadUnits)),
		blame:  newTable(even, roundUp(hidden, quadUnits)),
		errors: newTable(even, errors),
		losses: make([]float64, rows),
		spare:  make([]float32, max(inputs, errors)),
	}
}

// products stores the product of each row of in with the vector of each of the
// group's units.
func (g *group) products(dst, in, vectors table) {
	for first := 0; first < len(g.units); first += quadUnits {
		units := quadOf(vectors, g.units[first:min(first+quadUnits, len(g.units))], g.spare)
		for i := 0; i < len(g.rows); i += pairRows {
			out0, out1 := dst.row(i)[first:], dst.row(i + 1)[first:]
			dots((*[quadUnits]float32)(out0), (*[quadUnits]float32)(out1), in.row(i), in.row(i+1), &units)
		}
	}
}
