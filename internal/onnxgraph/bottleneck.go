package onnxgraph

// Bottlenecks returns the values that every path from input to output passes
// through, in order and including output: the network can be cut at each of them.
// Nodes must be in an order in which they can run, as Validate checks.
func (m *Model) Bottlenecks(input, output string) []string {
	nodes := m.pb.Graph.Node
	needed := m.needed([]string{output})
	reached := map[string]bool{input: true}
	lastUse := make(map[string]int) // of values on a path, the last node that takes each
	for i, node := range nodes {
		onPath := false
		for _, name := range uses(node) {
			if reached[name] && needed[node.Output[0]] {
				onPath = true
				lastUse[name] = i
			}
		}
		for _, name := range node.Output {
			reached[name] = onPath
		}
	}
	lastUse[output] = len(nodes)

	// A value is a bottleneck if, after its node, no other value on a path is still
	// to be used.
	var bottlenecks []string
	live := map[string]bool{input: true}
	for i, node := range nodes {
		var made string
		for _, name := range node.Output {
			if end, used := lastUse[name]; used && reached[name] && end > i {
				live[name] = true
				made = name
			}
		}
		for name := range live {
			if lastUse[name] <= i {
				delete(live, name)
			}
		}
		if made != "" && len(live) == 1 {
			bottlenecks = append(bottlenecks, made)
		}
	}
	return bottlenecks
}
