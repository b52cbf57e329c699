package onnxgraph

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph/internal/onnxpb"
)

// newestOpset is the newest version of ONNX's own operators that this file covers,
// after docs/Changelog.md of ONNX 1.23.
const newestOpset = 28

// movedAttributes lists attributes that became inputs, in this order after the
// first, and the opset that moved them.
var movedAttributes = map[string]struct {
	since      int64
	attributes []string
}{
	"Clip":      {11, []string{"min", "max"}},
	"Pad":       {11, []string{"pads", "value"}},
	"Slice":     {10, []string{"starts", "ends", "axes"}},
	"Split":     {13, []string{"split"}},
	"Squeeze":   {13, []string{"axes"}},
	"Unsqueeze": {13, []string{"axes"}},
	"ReduceSum": {13, []string{"axes"}},
	"ReduceL2":  {18, []string{"axes"}}, "ReduceMax": {18, []string{"axes"}}, "ReduceMean": {18, []string{"axes"}},
}

// droppedAttributes lists attributes that an opset removed and that do not matter
// for inference if harmless.
var droppedAttributes = map[string]struct {
	since     int64
	attribute string
	harmless  func(*onnxpb.AttributeProto) bool
}{
	"BatchNormalization": {9, "spatial", func(a *onnxpb.AttributeProto) bool { return a.GetI() == 1 }},
	"Dropout":            {12, "ratio", func(*onnxpb.AttributeProto) bool { return true }},
}

// unchanged lists operators that have meant the same since opset 7 or their
// introduction: later versions only added types or attributes.
var unchanged = setOf([]string{
	"Abs", "Add", "And", "ArgMax", "AveragePool", "Cast", "Ceil", "Concat", "Constant", "ConstantOfShape", "Conv",
	"ConvInteger", "ConvTranspose", "CumSum", "DepthToSpace", "DequantizeLinear", "Div", "DynamicQuantizeLinear",
	"Einsum", "Elu", "Equal", "Erf", "Exp", "Expand", "Flatten", "Floor", "Gather", "Gelu", "Gemm",
	"GlobalAveragePool", "GlobalMaxPool", "Greater", "HardSigmoid", "HardSwish", "Identity",
	"InstanceNormalization", "LRN", "LayerNormalization", "LeakyRelu", "Less", "Log", "LpNormalization", "MatMul",
	"MatMulInteger", "Max", "MaxPool", "Min", "Mish", "Mul", "Neg", "Not", "PRelu", "Pow", "QLinearConv",
	"QLinearMatMul", "QuantizeLinear", "Range", "Reciprocal", "Relu", "Reshape", "Round", "Selu", "Shape",
	"Sigmoid", "Sign", "Softplus", "SpaceToDepth", "Sqrt", "Sub", "Sum", "Tanh", "Tile", "Transpose", "Trilu", "Where",
})

// reconcile raises two models to common opsets, which it returns.
func reconcile(a, b *onnxpb.ModelProto) ([]*onnxpb.OperatorSetIdProto, error) {
	imports := slices.Clone(a.OpsetImport)
	index := make(map[string]int)
	for i, id := range slices.Backward(imports) { // the first of a domain counts
		index[domain(id)] = i
	}
	for _, id := range b.OpsetImport {
		i, known := index[domain(id)]
		switch {
		case !known:
			index[domain(id)] = len(imports)
			imports = append(imports, id)
		case imports[i].GetVersion() == id.GetVersion():
		case domain(id) != "":
			return nil, fmt.Errorf("the graphs use versions %d and %d of the operators of %s", imports[i].GetVersion(), id.GetVersion(), domain(id))
		case imports[i].GetVersion() < id.GetVersion():
			if err := raise(a.Graph, namesOf(a.Graph), imports[i].GetVersion(), id.GetVersion()); err != nil {
				return nil, err
			}
			imports[i] = id
		default:
			if err := raise(b.Graph, namesOf(b.Graph), id.GetVersion(), imports[i].GetVersion()); err != nil {
				return nil, err
			}
		}
	}
	return imports, nil
}

// domain returns the domain of an operator set or node; ONNX's own has two names.
func domain(of interface{ GetDomain() string }) string {
	if of.GetDomain() == "ai.onnx" {
		return ""
	}
	return of.GetDomain()
}

// raise rewrites a graph's nodes from one opset to a newer one.
func raise(g *onnxpb.GraphProto, names *uniqueNames, from, to int64) error {
	if from < 7 || to > newestOpset {
		return fmt.Errorf("graph %s cannot be raised from opset %d to %d: only opsets 7 to %d are supported", g.GetName(), from, to, newestOpset)
	}
	for _, node := range g.Node {
		if domain(node) != "" {
			continue
		}
		for _, inner := range subgraphs(node) {
			if err := raise(inner, names, from, to); err != nil {
				return err
			}
		}
		if err := raiseNode(g, names, node, from, to); err != nil {
			return fmt.Errorf("graph %s cannot be raised from opset %d to %d: operator %s (%s) %w", g.GetName(), from, to, node.GetOpType(), node.GetOutput(), err)
		}
	}
	return nil
}

func raiseNode(g *onnxpb.GraphProto, names *uniqueNames, node *onnxpb.NodeProto, from, to int64) error {
	op := node.GetOpType()
	within := func(since int64) bool { return from < since && since <= to }
	dropped, drops := droppedAttributes[op]
	moved, moves := movedAttributes[op]
	switch {
	case unchanged[op]:
		return nil
	case drops:
		if i := attributeIndex(node, dropped.attribute); within(dropped.since) && i >= 0 {
			if !dropped.harmless(node.Attribute[i]) {
				return fmt.Errorf("has an attribute %s that opset %d removed", dropped.attribute, dropped.since)
			}
			node.Attribute = slices.Delete(node.Attribute, i, i+1)
		}
		return nil
	case moves:
		if within(moved.since) {
			return attributesToInputs(g, names, node, moved.attributes)
		}
		return nil
	case op == "Softmax" || op == "LogSoftmax": // over all dimensions from axis on before 13, then over one
		if i := attributeIndex(node, "axis"); within(13) && (i < 0 || node.Attribute[i].GetI() != -1) {
			return fmt.Errorf("changed its meaning in opset 13")
		}
		return nil
	case op == "TopK" && from >= 10: // before, the count was an attribute
		return nil
	default:
		return fmt.Errorf("may have changed its meaning")
	}
}

// attributesToInputs turns a node's attributes, if present, into constant inputs.
func attributesToInputs(g *onnxpb.GraphProto, names *uniqueNames, node *onnxpb.NodeProto, attributes []string) error {
	for position, name := range attributes {
		i := attributeIndex(node, name)
		if i < 0 {
			continue
		}
		t := attributeTensor(node.Attribute[i])
		if t == nil {
			return fmt.Errorf("has an attribute %s of type %v", name, node.Attribute[i].GetType())
		}
		constant := names.free(node.Output[0] + "/" + name)
		t.Name = proto.String(constant)
		for len(node.Input) <= position+1 {
			node.Input = append(node.Input, "")
		}
		node.Input[position+1] = constant
		node.Attribute = slices.Delete(node.Attribute, i, i+1)
		g.Initializer = append(g.Initializer, t)
	}
	return nil
}

func attributeIndex(node *onnxpb.NodeProto, name string) int {
	return slices.IndexFunc(node.Attribute, func(a *onnxpb.AttributeProto) bool { return a.GetName() == name })
}
