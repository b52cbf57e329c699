package onnxgraph

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph/internal/onnxpb"
)

// TestBottlenecksAreOnEveryWay compares random graphs with a search that leaves out
// one value after the other.
func TestBottlenecksAreOnEveryWay(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 40 {
		m, values := New("m"), []string{"in", "other"}
		for i := range 30 {
			node := &onnxpb.NodeProto{Output: []string{fmt.Sprintf("v%d", i)}}
			if random.IntN(4) == 0 {
				node.Output = append(node.Output, fmt.Sprintf("w%d", i))
			}
			for range 1 + random.IntN(2) { // most often of the newest values: long ways
				node.Input = append(node.Input, values[len(values)-1-random.IntN(min(len(values), 3+random.IntN(9)))])
			}
			values = append(values, node.Output...)
			m.pb.Graph.Node = append(m.pb.Graph.Node, node)
		}
		found := m.Bottlenecks("in")
		for _, to := range values[2:] {
			var want []string
			for _, without := range values[2:] {
				if reaches(m, "", to) && !reaches(m, without, to) {
					want = append(want, without)
				}
			}
			if got := found.Before(to); !slices.Equal(got, want) {
				t.Fatalf("bottlenecks before %s are %v, want %v, in %v", to, got, want, m.pb.Graph)
			}
		}
	}
}

// reaches reports whether a way leads from in to a value without another one.
func reaches(m *Model, without, to string) bool {
	reached := map[string]bool{"in": true}
	for _, node := range m.pb.Graph.Node {
		if slices.ContainsFunc(node.Input, func(name string) bool { return reached[name] }) {
			for _, name := range node.Output {
				reached[name] = name != without
			}
		}
	}
	return reached[to]
}
