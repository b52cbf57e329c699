package onnxgraph

import (
	"fmt"
	"maps"
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph/internal/onnxpb"
)

// Merge returns one model that computes first and then second: connections says
// which output of first (the key) each input of second (the value) becomes.
//
// Inputs are those of first and then those of second that are not connected;
// outputs are all of first's, the connected ones too, and then second's: Cut
// takes a choice of them. Names of second that first uses as well get second's
// graph name in front. The model with the lower opset is raised to the other's.
// Metadata is first's, and second's where first has no such entry. Neither model
// is changed.
func Merge(first, second *Model, connections map[string]string) (*Model, error) {
	a, b := proto.CloneOf(first.pb), proto.CloneOf(second.pb)
	if err := checkConnections(first, second, connections); err != nil {
		return nil, err
	}
	imports, err := reconcile(a, b)
	if err != nil {
		return nil, err
	}
	rename(b.Graph, mergedNames(a.Graph, b.Graph, connections))
	keepNodeNamesApart(a.Graph, b.Graph)

	connected := make(map[string]bool)
	for output := range connections {
		connected[output] = true
	}
	b.Graph.Input = slices.DeleteFunc(b.Graph.Input, func(info *onnxpb.ValueInfoProto) bool {
		return connected[info.GetName()]
	})
	join(a.Graph, b.Graph)
	a.OpsetImport = imports
	a.IrVersion = proto.Int64(max(a.GetIrVersion(), b.GetIrVersion()))
	a.ProducerName, a.ProducerVersion = proto.String("headstart"), nil
	a.TrainingInfo = nil
	if a.Functions, err = joinFunctions(a.Functions, b.Functions); err != nil {
		return nil, err
	}
	a.MetadataProps = append(a.MetadataProps, b.MetadataProps...) // the first of a key counts
	merged := &Model{a}
	metadata := merged.Header().Metadata
	merged.ClearMetadata()
	for _, key := range slices.Sorted(maps.Keys(metadata)) {
		a.MetadataProps = append(a.MetadataProps, &onnxpb.StringStringEntryProto{Key: proto.String(key), Value: proto.String(metadata[key])})
	}
	return merged, nil
}

func checkConnections(first, second *Model, connections map[string]string) error {
	taken := make(map[string]bool)
	for output, input := range connections {
		switch {
		case !has(first.Outputs(), output):
			return fmt.Errorf("graph %s has no output %q", first.pb.Graph.GetName(), output)
		case !has(second.Inputs(), input):
			return fmt.Errorf("graph %s has no input %q", second.pb.Graph.GetName(), input)
		case taken[input]:
			return fmt.Errorf("input %q of graph %s is connected twice", input, second.pb.Graph.GetName())
		}
		taken[input] = true
	}
	return nil
}

func has(values []Value, name string) bool {
	return slices.ContainsFunc(values, func(v Value) bool { return v.Name == name })
}

// mergedNames returns the new names of b's values: connected inputs get the names
// of the outputs they are connected to, and names that a uses too get a prefix.
func mergedNames(a, b *onnxpb.GraphProto, connections map[string]string) map[string]string {
	taken, names := allNames(a), namesOf(a, b)
	to := make(map[string]string)
	for _, name := range slices.Sorted(maps.Keys(allNames(b))) {
		if taken[name] {
			to[name] = names.free(prefixed(b, name))
		}
	}
	for output, input := range connections {
		to[input] = output
	}
	return to
}

// prefixed puts a graph's name before another one, unless it is a text.
func prefixed(g *onnxpb.GraphProto, name string) string {
	if len(g.GetName()) > 100 {
		return "second/" + name
	}
	return g.GetName() + "/" + name
}

// keepNodeNamesApart renames nodes of b whose names a uses, so that messages and
// profiles of ONNX Runtime are unambiguous.
func keepNodeNamesApart(a, b *onnxpb.GraphProto) {
	names := &uniqueNames{make(map[string]bool), make(map[string]int)}
	for _, node := range a.Node {
		names.taken[node.GetName()] = true
	}
	for _, node := range b.Node {
		if name := node.GetName(); name != "" && names.taken[name] {
			node.Name = proto.String(names.free(prefixed(b, name)))
		}
	}
}

// join appends b to a.
func join(a, b *onnxpb.GraphProto) {
	a.Node = append(a.Node, b.Node...)
	a.Initializer = append(a.Initializer, b.Initializer...)
	a.SparseInitializer = append(a.SparseInitializer, b.SparseInitializer...)
	a.Input = append(a.Input, b.Input...)
	a.Output = append(a.Output, b.Output...)
	a.ValueInfo = append(a.ValueInfo, b.ValueInfo...)
	a.QuantizationAnnotation = append(a.QuantizationAnnotation, b.QuantizationAnnotation...)
}

func joinFunctions(a, b []*onnxpb.FunctionProto) ([]*onnxpb.FunctionProto, error) {
	known := (&Model{&onnxpb.ModelProto{Functions: a}}).functions()
	for _, f := range b {
		same, found := known[idOf(f)]
		if found && !proto.Equal(f, same) {
			return nil, fmt.Errorf("the graphs define the function %s differently", f.GetName())
		}
		if !found {
			a = append(a, f)
		}
	}
	return a, nil
}
