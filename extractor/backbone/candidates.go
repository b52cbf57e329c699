package backbone

import (
	"fmt"
	"slices"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
	"github.com/digitalinnovationone/headstart/internal/ort"
)

// Candidate is a value of a network that can become the embedding: every path from
// the image to an output passes through it, or its classifier takes it.
type Candidate struct {
	Name     string  `json:"name"`
	Operator string  `json:"operator"` // that computes it
	Type     string  `json:"type"`
	Shape    []int64 `json:"shape"`          // for one image, or the fixed batch size
	Dim      int     `json:"dim"`            // values of the embedding
	Note     string  `json:"note,omitempty"` // what the value is, as far as the graph shows it
	Chosen   bool    `json:"chosen"`
}

// isMap reports whether the value has several positions per channel.
func (c Candidate) isMap() bool { return len(c.Shape) == 4 && c.Shape[2]*c.Shape[3] > 1 }

// Notes of candidates.
const (
	notePooled = "its pooled features"
	noteTaken  = "what its classifier takes"
	noteScores = "class scores"
	noteOutput = "its output"
)

// candidates returns the values the network can be cut at, in the order in which
// they are computed, including maps, whose mean over positions is a row.
func (n *network) candidates() ([]Candidate, error) {
	if n.found != nil {
		return slices.Clone(n.found), nil
	}
	n.graph = newGraph(n.model)
	names := make(map[string]bool)
	n.ways = n.model.Bottlenecks(n.input.Name)
	for _, output := range n.model.Outputs() {
		for _, name := range n.ways.Before(output.Name) {
			names[name] = true
		}
		if _, made := n.graph.maker(output.Name); !made || output.Type == onnxgraph.NoTensor {
			delete(names, output.Name)
			continue
		}
		names[output.Name] = true
		if e, found := n.graph.ending(output.Name); found {
			for _, input := range e.inputs {
				names[input] = true
			}
		}
	}
	delete(names, n.input.Name)
	if err := n.joinHeads(names); err != nil {
		return nil, err
	}
	var ordered []string
	for _, node := range n.graph.nodes {
		for _, name := range node.Outputs {
			if names[name] {
				ordered = append(ordered, name)
			}
		}
	}
	ports, err := n.shapes(ordered)
	if err != nil {
		return nil, err
	}
	for _, name := range ordered {
		if c, ok := candidate(ports[name], int64(n.batch)); ok {
			node, _ := n.graph.maker(name)
			c.Operator = node.Operator
			n.found = append(n.found, c)
		}
	}
	return slices.Clone(n.found), nil
}

// joinHeads adds the mean of the rows that several classifiers take whose scores
// the network adds up, and its name to names: what distilled transformers call
// their features.
func (n *network) joinHeads(names map[string]bool) error {
	n.joined = make(map[string]string)
	heads := make(map[string][]string) // of each output, what its classifiers take
	var taken []string
	for _, output := range n.model.Outputs() {
		if e, found := n.graph.ending(output.Name); found && len(e.inputs) > 1 {
			heads[output.Name] = e.inputs
			taken = append(taken, e.inputs...)
		}
	}
	if len(heads) == 0 {
		return nil
	}
	slices.Sort(taken)
	ports, err := n.shapes(slices.Compact(taken))
	if err != nil {
		return err
	}
	for _, output := range n.model.Outputs() {
		inputs := heads[output.Name]
		if len(inputs) == 0 || n.joined[output.Name] != "" || slices.ContainsFunc(inputs, func(name string) bool {
			first := ports[inputs[0]]
			return ports[name].Type != first.Type || !slices.Equal(ports[name].Shape, first.Shape)
		}) {
			continue
		}
		n.joined[output.Name] = n.model.Average(inputs...)
		names[n.joined[output.Name]] = true
	}
	n.graph, n.ways = newGraph(n.model), n.model.Bottlenecks(n.input.Name)
	return nil
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

// choose notes in candidates what each of them is and returns the index of the one
// to cut at. It returns an OptionError if several are as likely.
func (n *network) choose(candidates []Candidate) (chosen int, err error) {
	c := chooser{network: n, all: candidates}
	var picks []int
	for _, output := range n.model.Outputs() {
		if i := c.index(output.Name); i >= 0 {
			picks = append(picks, c.pick(i)...)
		}
	}
	if len(c.named) > 0 {
		picks = c.named
	}
	if len(picks) == 0 {
		picks = c.withoutRows()
	}
	slices.Sort(picks)
	picks = slices.Compact(picks)
	switch len(picks) {
	case 0:
		return -1, fmt.Errorf("it does not compute one row of values per image: its output is %v", n.output)
	case 1:
		return picks[0], nil
	}
	text := ""
	for at, i := range picks {
		if at > 0 {
			text += " or "
		}
		text += fmt.Sprintf("%q (%d values, %s)", candidates[i].Name, candidates[i].Dim, candidates[i].Note)
	}
	return -1, optionErrorf("cannot tell which of its values is the embedding: give --output %s", text)
}

// chooser ranks candidates by what the graph shows.
type chooser struct {
	*network
	all   []Candidate
	named []int // outputs whose names say that they are embeddings
}

func (c *chooser) index(name string) int {
	return slices.IndexFunc(c.all, func(c Candidate) bool { return c.Name == name })
}

// pick returns the candidates that the embedding of one output may be.
func (c *chooser) pick(output int) []int {
	out := c.all[output]
	e, linear := c.graph.ending(out.Name)
	gives := isFeatures
	if linear {
		gives = e.verdict(out.Name, out.Dim)
	}
	if gives != isFeatures {
		c.note(e, gives)
		taken := c.taken(out.Name, e, gives == isUnclear)
		if pooled := c.pooled(out.Name, e); pooled >= 0 {
			taken = pooled
		}
		switch {
		case gives == isScores && taken >= 0:
			return []int{taken}
		case taken >= 0 && c.all[taken].Note == notePooled:
			return []int{taken}
		case taken >= 0:
			c.all[output].Note = noteOutput
			return []int{taken, output}
		}
		return []int{output}
	}
	pooled := c.pooled(out.Name, ending{})
	if c.all[output].Note == "" {
		c.all[output].Note = noteOutput
	}
	if nameContains(out.Name, featureWords) {
		c.named = append(c.named, output)
	} else if !linear && (slices.Contains(usualClasses, out.Dim) || c.isFunction(out.Name)) && pooled != output {
		if pooled >= 0 { // scores, by their number, after an operator that says nothing
			return []int{pooled}
		}
		return c.lastRows(output)
	}
	return []int{output}
}

// note marks the values from the classifier to the output.
func (c *chooser) note(e ending, v verdict) {
	for i := range c.all {
		if e.after[c.all[i].Name] && v == isScores {
			c.all[i].Note = noteScores
		}
	}
}

// taken returns the candidate that a classifier takes, or -1.
func (c *chooser) taken(output string, e ending, unclear bool) int {
	name := e.inputs[0]
	if len(e.inputs) > 1 {
		name = c.joined[output]
	}
	i := c.index(name)
	if i < 0 {
		return -1
	}
	switch c.all[i].Note = noteTaken; {
	case unclear:
		c.all[i].Note = "what its last layer takes"
	case len(e.inputs) > 1:
		c.all[i].Note = "the mean of what its classifiers take"
	case c.all[i].isMap():
		c.all[i].Note = "the map that its classifier takes"
	}
	return i
}

// pooled returns the candidate with the features that the network has pooled over
// positions, after operators without weights of layers, such as norms; or -1.
func (c *chooser) pooled(output string, e ending) int {
	way := make(map[string]bool)
	for _, name := range c.ways.Before(output) {
		way[name] = true
	}
	found := -1
	for i, next := range c.all {
		switch {
		case !way[next.Name] || e.after[next.Name] || next.isMap() || next.Operator == "Dropout":
		case found < 0:
			if pools[next.Operator] {
				found = i
			}
		case next.Dim == c.all[found].Dim && next.Type == c.all[found].Type && c.graph.depth[next.Name] == c.graph.depth[c.all[found].Name]:
			found = i
		}
	}
	if found >= 0 {
		c.all[found].Note = notePooled
	}
	return found
}

// isFunction reports whether a value comes from a function or branch that cannot be
// looked into.
func (c *chooser) isFunction(value string) bool {
	node, found := c.graph.maker(value)
	return found && node.Inner
}

// lastRows returns an output and the row before it, or the map if there is no row.
func (c *chooser) lastRows(output int) []int {
	before := output - 1
	for before > 0 && c.all[before].isMap() {
		before--
	}
	if output == 0 {
		return []int{output}
	} else if c.all[before].isMap() {
		before = output - 1
	}
	if c.all[before].Note == "" {
		c.all[before].Note = "what its last step takes"
	}
	return []int{before, output}
}

// withoutRows returns the candidate of a network whose outputs are no rows: pooled
// features, the input of the last layer, or the last row there is.
func (c *chooser) withoutRows() []int {
	if pooled := c.pooled(c.output.Name, ending{}); pooled >= 0 {
		return []int{pooled}
	}
	for i := len(c.all) - 1; i >= 0; i-- {
		if !c.all[i].isMap() {
			return []int{i}
		}
	}
	return nil
}

var flattens = map[string]bool{"Flatten": true, "Reshape": true, "Squeeze": true}

// pools lists operators that reduce a map to one value per channel.
var pools = map[string]bool{
	"GlobalAveragePool": true, "GlobalMaxPool": true, "AveragePool": true, "MaxPool": true,
	"ReduceMean": true, "ReduceMax": true, "ReduceSum": true,
	"QLinearGlobalAveragePool": true, "QLinearAveragePool": true, "QLinearReduceMean": true,
}

// layerOps lists the operators of layers with weights, and products.
var layerOps = map[string]bool{
	"Gemm": true, "MatMul": true, "Conv": true, "ConvTranspose": true, "Einsum": true, "Attention": true,
	"QGemm": true, "QLinearMatMul": true, "QLinearConv": true, "MatMulInteger": true, "ConvInteger": true,
	"FusedMatMul": true, "FusedGemm": true, "FusedConv": true, "MatMulIntegerToFloat": true, "DynamicQuantizeMatMul": true,
	"MatMulNBits": true, "MultiHeadAttention": true, "QAttention": true,
}
