package backbone

import (
	"fmt"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
)

// cut cuts the network at a value and converts its input from float32 and its output
// to float32 rows.
func (a *addition) cut(output, blocks string) error {
	for _, change := range a.changes {
		a.step("%s", change)
	}
	c, why, err := a.pick(output)
	if err != nil {
		return err
	}
	if err := a.findBlocks(blocks, c.Name); err != nil {
		return err
	}
	before := len(a.model.Nodes())
	if err := a.model.Cut(c.Name); err != nil {
		return err
	}
	a.step("cut at %s %s %v, %s; %d of %d operators are left", c.Name, c.Type, c.Shape, why, len(a.model.Nodes()), before)
	if a.looksLikeScores(c) {
		a.step("warning: %s looks like class scores, which are poor embeddings; headstart backbones inspect shows what else there is", c.Name)
	}
	if a.input.Type != onnxgraph.Float32 {
		if err := a.model.TakeFloats(a.input.Name); err != nil {
			return err
		}
		a.step("its input %s takes float32 in place of %s", a.input.Name, a.input.Type)
	}
	return a.giveRows(c)
}

// pick returns the value named output, or the best one, and the reason.
func (a *addition) pick(output string) (c Candidate, why string, err error) {
	if output == "" || output == Auto {
		if a.output.Type == onnxgraph.NoTensor && len(a.model.Outputs()) == 1 {
			return Candidate{}, "", fmt.Errorf("its output is %v: name another value with --output", a.output)
		}
	}
	candidates, err := a.candidates()
	if err != nil {
		return Candidate{}, "", err
	}
	if output != "" && output != Auto {
		c, err := a.valueNamed(output)
		return c, "as you say", err
	}
	chosen, err := a.choose(candidates)
	if err != nil {
		return Candidate{}, "", err
	}
	return candidates[chosen], candidates[chosen].Note, nil
}

// looksLikeScores reports whether a value is what a classifier gives.
func (n *network) looksLikeScores(c Candidate) bool {
	for _, output := range n.model.Outputs() {
		if e, linear := n.graph.ending(output.Name); linear && e.after[c.Name] && e.verdict(output.Name, c.Dim) == isScores {
			return true
		}
	}
	return false
}

// valueNamed returns the named value if the network can be cut at it.
func (n *network) valueNamed(name string) (Candidate, error) {
	if n.model.MadeBy(name) == "" {
		return Candidate{}, n.noValue(name)
	}
	if len(n.ways.Before(name)) == 0 {
		return Candidate{}, optionErrorf("its value %s does not depend on the image", name)
	}
	ports, err := n.shapes([]string{name})
	if err != nil {
		return Candidate{}, err
	}
	c, ok := candidate(ports[name], int64(n.batch))
	if !ok {
		return c, optionErrorf("its value %s has the type %q and the shape %v: neither one row nor one map of numbers per image", name, c.Type, c.Shape)
	}
	return c, nil
}

// noValue returns an error that lists the values most likely meant.
func (n *network) noValue(name string) error {
	candidates, err := n.candidates()
	if err != nil {
		return err
	}
	var rows []string
	for _, c := range candidates {
		if !c.isMap() {
			rows = append(rows, c.Name)
		}
	}
	return optionErrorf("it has no value named %q; values with one row per image are %q", name, rows)
}

func (a *addition) giveRows(c Candidate) (err error) {
	value := c.Name
	if c.Type == "uint8" || c.Type == "int8" {
		if value, err = a.model.Dequantise(value); err != nil {
			return err
		}
		a.step("its output gives the numbers that the %s stand for", c.Type)
	}
	if c.Type == "float16" {
		value = a.model.GiveFloats(value)
		a.step("its output gives float32 in place of float16")
	}
	if c.isMap() {
		value = a.model.AveragePositions(value)
		a.step("its output gives the mean over the map's %d positions", c.Shape[2]*c.Shape[3])
	}
	if len(c.Shape) != 2 {
		value = a.model.Flatten(value)
		a.step("its output gives rows, [N, %d]", c.Dim)
	}
	a.model.SetOutput(onnxgraph.FloatRows(value, int64(c.Dim)))
	return nil
}
