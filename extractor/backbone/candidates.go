package backbone

import (
	"fmt"
	"slices"
	"strings"

	"github.com/digitalinnovationone/headstart/internal/ort"
)

// Candidate is a value of a network that can become the embedding: every path from
// the image to the scores passes through it.
type Candidate struct {
	Name     string  `json:"name"`
	Operator string  `json:"operator"` // that computes it
	Type     string  `json:"type"`
	Shape    []int64 `json:"shape"` // for one image, or the fixed batch size
	Dim      int     `json:"dim"`   // values of the embedding
	Chosen   bool    `json:"chosen"`
}

// isMap reports whether the value has several positions per channel.
func (c Candidate) isMap() bool { return len(c.Shape) == 4 && c.Shape[2]*c.Shape[3] > 1 }

// candidates returns the values the network can be cut at, from input to output,
// including maps, whose mean over positions is a row.
func (n *network) candidates() ([]Candidate, error) {
	names := n.model.Bottlenecks(n.input.Name, n.output.Name)
	ports, err := n.shapes(names)
	if err != nil {
		return nil, err
	}
	makers, _ := n.operators()
	var candidates []Candidate
	for _, name := range names {
		port := ports[name]
		if c, ok := candidate(port, int64(n.batch)); ok {
			c.Operator = makers[name]
			candidates = append(candidates, c)
		}
	}
	return candidates, nil
}

// candidate reports whether a value is one row, or one map, per image.
func candidate(port ort.Port, batch int64) (Candidate, bool) {
	c := Candidate{Name: port.Name, Type: port.Type, Shape: port.Shape}
	switch port.Type {
	case "float", "float16", "uint8", "int8":
	default:
		return c, false
	}
	if len(c.Shape) < 2 || c.Shape[0] != batch || slices.Min(c.Shape) < 1 {
		return c, false
	}
	rest := slices.Clone(c.Shape[1:])
	if c.isMap() {
		rest = rest[:1]
	}
	many := slices.DeleteFunc(rest, func(size int64) bool { return size == 1 })
	if len(many) != 1 || many[0] > maxDim {
		return c, false
	}
	c.Dim = int(many[0])
	return c, true
}

// choose returns the index of the candidate to cut at and the reason: an output
// named embedding, else the pooled features, else the input of the classifier, else
// the output.
func (n *network) choose(candidates []Candidate) (chosen int, why string, err error) {
	isRow := func(c Candidate) bool { return !c.isMap() }
	firstRow := slices.IndexFunc(candidates, isRow)
	if firstRow < 0 {
		return 0, "", fmt.Errorf("it does not compute one row of values per image: its output is %v", n.output)
	}
	last := len(candidates) - 1
	if c := candidates[last]; c.Name == n.output.Name && strings.EqualFold(c.Name, "embedding") && isRow(c) {
		return last, "its output, by its name", nil
	}
	rows := candidates[firstRow:]
	if i := slices.IndexFunc(rows, func(c Candidate) bool { return pools[c.Operator] }); i >= 0 {
		return flattened(candidates, firstRow+i), "its pooled features", nil
	}
	_, takers := n.operators()
	for i := len(rows) - 2; i >= 0; i-- {
		if isRow(rows[i]) && slices.ContainsFunc(takers[rows[i].Name], func(operator string) bool { return weighs[operator] }) {
			return firstRow + i, "what its classifier takes", nil
		}
	}
	return last, "its output, as it has no classifier", nil
}

// flattened returns the candidate after i at which the network itself has flattened
// its shape.
func flattened(candidates []Candidate, i int) int {
	for next := i + 1; next < len(candidates) && flattens[candidates[next].Operator] && candidates[next].Dim == candidates[i].Dim; next++ {
		i = next
	}
	return i
}

var flattens = map[string]bool{"Flatten": true, "Reshape": true, "Squeeze": true}

// pools lists operators that reduce a map to one value per channel.
var pools = map[string]bool{
	"GlobalAveragePool": true, "GlobalMaxPool": true, "AveragePool": true, "MaxPool": true,
	"ReduceMean": true, "ReduceMax": true, "ReduceSum": true,
	"QLinearGlobalAveragePool": true, "QLinearAveragePool": true, "QLinearReduceMean": true,
}

// weighs lists the operators of classifiers' layers.
var weighs = map[string]bool{
	"Gemm": true, "MatMul": true, "Conv": true,
	"QGemm": true, "QLinearMatMul": true, "QLinearConv": true, "MatMulInteger": true, "ConvInteger": true,
}

// operators returns for each value the operator that computes it and those that use
// it.
func (n *network) operators() (makers map[string]string, takers map[string][]string) {
	makers, takers = make(map[string]string), make(map[string][]string)
	for _, node := range n.model.Nodes() {
		for _, name := range node.Outputs {
			makers[name] = node.Operator
		}
		for _, name := range node.Inputs {
			takers[name] = append(takers[name], node.Operator)
		}
	}
	return makers, takers
}
