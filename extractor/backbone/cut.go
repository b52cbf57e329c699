package backbone

import (
	"fmt"
	"slices"
	"strings"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
	"github.com/digitalinnovationone/headstart/internal/onnxpb"
)

// cut cuts the network at a value and puts behind it what makes a float32 row
// of it, and before it what takes float32.
func (a *addition) cut(output string) error {
	candidates, err := a.candidates()
	if err != nil {
		return err
	}
	chosen, why, err := a.pick(candidates, output)
	if err != nil {
		return err
	}
	c := candidates[chosen]
	before := len(a.model.Proto.Graph.Node)
	if err := a.model.Cut(c.Name); err != nil {
		return err
	}
	a.step("cut at %s %s %v, %s; %d of %d operators are left", c.Name, c.Type, c.Shape, why, len(a.model.Proto.Graph.Node), before)
	if a.input.Type != onnxpb.TensorProto_FLOAT {
		if err := a.model.TakeFloats(a.input.Name); err != nil {
			return err
		}
		a.step("its input %s takes float32 in place of %s", a.input.Name, strings.ToLower(a.input.Type.String()))
	}
	return a.giveRows(c)
}

// pick returns the index of the candidate that is called output, or the best.
func (a *addition) pick(candidates []Candidate, output string) (chosen int, why string, err error) {
	if output == "" || output == Auto {
		if a.output.Type == onnxpb.TensorProto_UNDEFINED {
			return 0, "", fmt.Errorf("its output is %v: name a value within with --output", a.output)
		}
		return a.choose(candidates)
	}
	chosen = slices.IndexFunc(candidates, func(c Candidate) bool { return c.Name == output })
	switch {
	case chosen >= 0:
		return chosen, "as you say", nil
	case a.makers()[output] == nil:
		return 0, "", fmt.Errorf("it has no value named %q", output)
	default:
		return 0, "", fmt.Errorf("%s is no value that a whole image goes through as one row or one map", output)
	}
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
	output := onnxgraph.FloatRows(value, int64(c.Dim))
	a.model.Proto.Graph.Output = nil
	a.model.AddOutput(output)
	return nil
}
