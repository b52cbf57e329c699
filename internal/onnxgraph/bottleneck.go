package onnxgraph

// Bottlenecks are the values where a network can be cut: of each value, those that
// every path from the input to it passes through.
type Bottlenecks struct {
	index map[string]int // of each value that depends on the input
	// For each of these values: its name, the last of its bottlenecks before itself,
	// how many it has, and one further up, for skipping. The input is the first.
	names             []string
	last, count, skip []int
}

// Bottlenecks finds the bottlenecks on the ways from an input. Nodes must be in an
// order in which they can run, as Validate checks.
func (m *Model) Bottlenecks(input string) *Bottlenecks {
	b := &Bottlenecks{index: make(map[string]int)}
	b.add(input, 0)
	for _, node := range m.pb.Graph.Node {
		common := -1
		for _, name := range uses(node) {
			if i, depends := b.index[name]; depends && common < 0 {
				common = i
			} else if depends {
				common = b.common(common, i)
			}
		}
		if common < 0 {
			continue
		}
		for _, name := range node.Output {
			if name != "" {
				b.add(name, common)
			}
		}
	}
	return b
}

// Before returns the bottlenecks between the input and a value, in order and
// including the value; none if it does not depend on the input.
func (b *Bottlenecks) Before(value string) []string {
	i := b.index[value]
	names := make([]string, b.count[i])
	for ; i > 0; i = b.last[i] {
		names[b.count[i]-1] = b.names[i]
	}
	return names
}

// add adds a value. Skips are chosen so that a search needs few steps: Myers, An
// applicative random-access stack, 1983.
func (b *Bottlenecks) add(name string, last int) {
	b.index[name] = len(b.names)
	b.names = append(b.names, name)
	b.last = append(b.last, last)
	if len(b.names) == 1 {
		b.count, b.skip = []int{0}, []int{0}
		return
	}
	b.count = append(b.count, b.count[last]+1)
	skip := last
	if further := b.skip[last]; b.count[last]-b.count[further] == b.count[further]-b.count[b.skip[further]] {
		skip = b.skip[further]
	}
	b.skip = append(b.skip, skip)
}

// common returns the last bottleneck that two values share.
func (b *Bottlenecks) common(i, j int) int {
	if b.count[i] < b.count[j] {
		i, j = j, i
	}
	for b.count[i] > b.count[j] {
		if b.count[b.skip[i]] >= b.count[j] {
			i = b.skip[i]
		} else {
			i = b.last[i]
		}
	}
	for i != j {
		if b.skip[i] != b.skip[j] {
			i, j = b.skip[i], b.skip[j]
		} else {
			i, j = b.last[i], b.last[j]
		}
	}
	return i
}
