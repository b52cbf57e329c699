package onnxgraph

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph/internal/onnxpb"
)

// TestInferCountsWhatTrains gives dropouts and batch norms that work as in
// inference already, and others.
func TestInferCountsWhatTrains(t *testing.T) {
	for name, c := range map[string]struct {
		node    *onnxpb.NodeProto
		changed int
	}{
		"dropout, training false":     {op("Dropout", "in ratio no", "out"), 0},
		"dropout, training true":      {op("Dropout", "in ratio yes", "out"), 1},
		"dropout, training computed":  {op("Dropout", "in ratio asked", "out"), 1},
		"dropout":                     {op("Dropout", "in", "out"), 0},
		"norm, training 0":            {op("BatchNormalization", "in", "out", attribute("training_mode", int64(0))), 0},
		"norm, training 1":            {op("BatchNormalization", "in", "out mean", attribute("training_mode", int64(1))), 1},
		"norm with statistics":        {op("BatchNormalization", "in", "out mean variance"), 1},
		"norm with omitted statistic": {&onnxpb.NodeProto{OpType: proto.String("BatchNormalization"), Input: []string{"in"}, Output: []string{"out", ""}}, 0},
	} {
		m := calling([]*onnxpb.NodeProto{op("Not", "no", "asked"), c.node})
		for constant, value := range map[string]byte{"no": 0, "yes": 1} {
			m.pb.Graph.Initializer = append(m.pb.Graph.Initializer, &onnxpb.TensorProto{
				Name: proto.String(constant), DataType: proto.Int32(int32(onnxpb.TensorProto_BOOL)), RawData: []byte{value},
			})
		}
		if changed := m.Infer(); changed != c.changed {
			t.Errorf("%s: %d changed, want %d", name, changed, c.changed)
		}
		node := m.pb.Graph.Node[1]
		if len(node.Output) > 1 || c.changed > 0 && len(node.Input) > 2 {
			t.Errorf("%s: still %v", name, node)
		}
	}
}
