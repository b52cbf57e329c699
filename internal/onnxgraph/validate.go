package onnxgraph

import (
	"fmt"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph/internal/onnxpb"
)

// Validate returns an error if the graph is malformed: a value is defined twice, or
// used before it is computed; a tensor's values do not match its shape; an
// operator's domain has no version. It does not check whether operators exist and
// fit together, which ONNX Runtime does.
//
// It does not look into the bodies of functions.
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
	c := checker{versions, make(map[string]bool)}
	return c.check(m.pb.Graph)
}

// checker checks a graph and the graphs inside it, whose nodes may use the values
// that are computed before them in the enclosing ones.
type checker struct {
	versions map[string]bool // domains that have one
	computed map[string]bool // of each value in scope, whether it has been computed so far
}

func (c *checker) check(g *onnxpb.GraphProto) error {
	names := definitions(g)
	for _, name := range names {
		if name == "" {
			return fmt.Errorf("graph %s has an input or initializer without a name", g.GetName())
		}
		if _, taken := c.computed[name]; taken {
			return fmt.Errorf("value %s is defined twice", name)
		}
		c.computed[name] = true
	}
	for _, node := range g.Node {
		for _, name := range node.Output {
			if name != "" {
				c.computed[name] = false
			}
		}
	}
	for _, t := range g.Initializer {
		if err := checkTensor(t); err != nil {
			return err
		}
	}
	for _, node := range g.Node {
		if err := c.checkNode(node); err != nil {
			return err
		}
		for _, name := range node.Output {
			if name != "" {
				c.computed[name] = true
			}
		}
	}
	for _, output := range g.Output {
		if !c.computed[output.GetName()] {
			return fmt.Errorf("no node computes the output %s", output.GetName())
		}
	}
	for _, name := range names { // out of scope
		delete(c.computed, name)
	}
	return nil
}

func (c *checker) checkNode(node *onnxpb.NodeProto) error {
	if node.GetOpType() == "" || len(node.Output) == 0 {
		return fmt.Errorf("node %q has no operator type or no output", node.GetName())
	}
	if !c.versions[domain(node)] {
		return fmt.Errorf("the file has no version for the domain %[2]q of operator %[1]s", node.GetOpType(), domain(node))
	}
	for _, name := range node.Input {
		if name == "" { // an omitted input
			continue
		}
		switch computed, known := c.computed[name]; {
		case !known:
			return fmt.Errorf("operator %s (%s) uses %s, which nothing computes", node.GetOpType(), node.Output[0], name)
		case !computed:
			return fmt.Errorf("operator %s (%s) uses %s, which is computed later or in a cycle", node.GetOpType(), node.Output[0], name)
		}
	}
	for _, inner := range subgraphs(node) {
		if err := c.check(inner); err != nil {
			return err
		}
	}
	return nil
}
