package onnxgraph

import (
	"fmt"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph/internal/onnxpb"
)

// Validate reports the first thing that makes the graph meaningless: a value
// that is defined twice, or used and not defined before, so that cycles count; a
// tensor whose values do not fill its shape; an operator of a domain whose
// version the file does not name. Whether operators exist and fit each other
// only ONNX Runtime knows.
func (m *Model) Validate() error {
	versions := make(map[string]bool)
	for _, id := range m.pb.OpsetImport {
		if domain(id) == "" && (id.GetVersion() < 1 || id.GetVersion() > newestOpset) {
			return fmt.Errorf("its opset is %d; those known are 1 to %d", id.GetVersion(), newestOpset)
		}
		versions[domain(id)] = true
	}
	for _, f := range m.pb.Functions {
		versions[domain(f)] = true
	}
	return validate(m.pb.Graph, versions, nil)
}

// validate checks a graph whose nodes may also use the names in outer, those of
// the graphs around it.
func validate(g *onnxpb.GraphProto, versions, outer map[string]bool) error {
	defined := make(map[string]bool)
	for name := range outer {
		defined[name] = true
	}
	for _, name := range definitions(g) {
		if name == "" {
			return fmt.Errorf("graph %s has an input or initializer without a name", g.GetName())
		}
		if defined[name] {
			return fmt.Errorf("value %s is defined twice", name)
		}
		defined[name] = true
	}
	for _, t := range g.Initializer {
		if err := checkTensor(t); err != nil {
			return err
		}
	}
	made := make(map[string]bool) // of what nodes of this graph make, what has been made so far
	for _, node := range g.Node {
		for _, name := range node.GetOutput() {
			made[name] = false
		}
	}
	for _, node := range g.Node {
		if err := checkNode(node, versions, defined, made); err != nil {
			return err
		}
		for _, name := range node.GetOutput() {
			made[name] = true
		}
	}
	for _, output := range g.Output {
		if !defined[output.GetName()] {
			return fmt.Errorf("output %s is made by no node", output.GetName())
		}
	}
	return nil
}

func checkNode(node *onnxpb.NodeProto, versions, defined, made map[string]bool) error {
	if node.GetOpType() == "" || len(node.GetOutput()) == 0 {
		return fmt.Errorf("node %q is no operator with an output", node.GetName())
	}
	if !versions[domain(node)] {
		return fmt.Errorf("operator %s is of the domain %q, of which the file names no version", node.GetOpType(), domain(node))
	}
	for _, name := range uses(node) {
		if !defined[name] {
			return fmt.Errorf("operator %s (%s) takes %s, which nothing makes", node.GetOpType(), node.Output[0], name)
		}
		if ready, ofThisGraph := made[name]; ofThisGraph && !ready {
			return fmt.Errorf("operator %s (%s) takes %s, which is made behind it or in a cycle", node.GetOpType(), node.Output[0], name)
		}
	}
	for inner := range subgraphs(node) {
		if err := validate(inner, versions, defined); err != nil {
			return err
		}
	}
	return nil
}
