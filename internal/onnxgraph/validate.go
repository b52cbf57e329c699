package onnxgraph

import (
	"fmt"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph/internal/onnxpb"
)

// Validate returns an error if the graph is malformed: a value is defined twice, or
// used before it is computed; a tensor's values do not match its shape; an
// operator's domain has no version. It does not check whether operators exist and
// fit together, which ONNX Runtime does.
func (m *Model) Validate() error {
	versions := make(map[string]bool)
	for _, id := range m.pb.OpsetImport {
		if domain(id) == "" && (id.GetVersion() < 1 || id.GetVersion() > newestOpset) {
			return fmt.Errorf("its opset is %d; supported are 1 to %d", id.GetVersion(), newestOpset)
		}
		versions[domain(id)] = true
	}
	for _, f := range m.pb.Functions {
		versions[domain(f)] = true
	}
	return validate(m.pb.Graph, versions, nil)
}

// validate checks a graph whose nodes may also use the names in outer, which the
// enclosing graphs define.
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
	made := make(map[string]bool) // whether each value that a node computes has been computed so far
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
			return fmt.Errorf("no node computes the output %s", output.GetName())
		}
	}
	return nil
}

func checkNode(node *onnxpb.NodeProto, versions, defined, made map[string]bool) error {
	if node.GetOpType() == "" || len(node.GetOutput()) == 0 {
		return fmt.Errorf("node %q has no operator type or no output", node.GetName())
	}
	if !versions[domain(node)] {
		return fmt.Errorf("the file has no version for the domain %[2]q of operator %[1]s", node.GetOpType(), domain(node))
	}
	for _, name := range uses(node) {
		if !defined[name] {
			return fmt.Errorf("operator %s (%s) uses %s, which nothing computes", node.GetOpType(), node.Output[0], name)
		}
		if ready, ofThisGraph := made[name]; ofThisGraph && !ready {
			return fmt.Errorf("operator %s (%s) uses %s, which is computed later or in a cycle", node.GetOpType(), node.Output[0], name)
		}
	}
	for _, inner := range subgraphs(node) {
		if err := validate(inner, versions, defined); err != nil {
			return err
		}
	}
	return nil
}
