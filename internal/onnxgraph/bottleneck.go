package onnxgraph

// Bottlenecks returns the values that everything on its way from input to output
// must pass through, from the first behind input to output itself: a cut at any
// of them leaves a network that is whole. It wants nodes in the order in which
// they can run, as Validate does.
func (m *Model) Bottlenecks(input, output string) []string {
	nodes := m.pb.Graph.Node
	needed := m.needed([]string{output})
	reached := map[string]bool{input: true}
	lastUse := make(map[string]int) // of values on the way, the last node that takes each
	for i, node := range nodes {
		onTheWay := false
		for _, name := range uses(node) {
			if reached[name] && needed[node.Output[0]] {
				onTheWay = true
				lastUse[name] = i
			}
		}
		for _, name := range node.Output {
			reached[name] = onTheWay
		}
	}
	lastUse[output] = len(nodes)

	// Behind a bottleneck's maker nothing else is still to be used: every other
	// node of the way comes before it, or has it for an ancestor.
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
