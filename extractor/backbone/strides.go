package backbone

import (
	"slices"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
)

// layerMap is a value of a network that can become a block.
type layerMap struct {
	Block
	positions int // of its map, or its tokens
	prefix    int // tokens among them that stand for no position, such as a class token
}

// stageEnds returns the ends of the stages of a convolutional network, by following
// strides and channels through its graph, without ONNX Runtime: the last map of each
// size, of at most a quarter of the image's side, that every path from the image to
// the output passes through.
func (b *Backbone) stageEnds(m *onnxgraph.Model) []Block {
	g := newGraph(m)
	side := b.Preprocessing.Crop
	type size struct{ stride, channels int64 }
	sizes := map[string]size{b.Input.Name: {1, 3}}
	for _, node := range g.nodes {
		varying := g.varying(node)
		if len(varying) == 0 || len(node.Outputs) == 0 {
			continue
		}
		now := sizes[varying[0]]
		switch at, layer := weightInput[node.Operator]; {
		case now.stride == 0:
			continue
		case layer && len(node.Inputs) > at && len(g.constants[node.Inputs[at]]) == 4: // a convolution
			now = size{now.stride * node.Stride, g.constants[node.Inputs[at]][0]}
		case !layer && (keepsMap[node.Operator] || windows[node.Operator]):
			now.stride *= node.Stride
		default:
			continue
		}
		sizes[node.Outputs[0]] = now
	}
	var maps []layerMap
	for _, name := range m.Bottlenecks(b.Input.Name).Before(b.Output.Name) {
		if at := sizes[name]; at.stride > 0 && name != b.Input.Name && m.MadeBy(name) != "Pad" {
			maps = append(maps, layerMap{Block: Block{Layer: name, Dim: int(at.channels)}, positions: square((side + int(at.stride) - 1) / int(at.stride))})
		}
	}
	return g.lastOfEachSize(maps, side, b.Output.Name)
}

func square(n int) int { return n * n }

// windows lists operators that look at several positions of each channel.
var windows = map[string]bool{"MaxPool": true, "AveragePool": true, "QLinearAveragePool": true}

// keepsMap lists operators that give a map of the same size as the one they take.
var keepsMap = map[string]bool{
	"Relu": true, "LeakyRelu": true, "PRelu": true, "Clip": true, "HardSwish": true, "HardSigmoid": true, "Sigmoid": true,
	"BatchNormalization": true, "Add": true, "Sum": true, "Mul": true, "QLinearAdd": true, "QLinearMul": true, "QLinearLeakyRelu": true,
	"Pad": true, "Identity": true, "Dropout": true, "QuantizeLinear": true, "DequantizeLinear": true, "Cast": true,
}

// lastOfEachSize returns the last map of each size, in order, without the large maps
// of a network's first layers and without those that the output only pools.
func (g *graph) lastOfEachSize(maps []layerMap, side int, output string) []Block {
	var blocks []Block
	for i, m := range maps {
		switch {
		case m.positions > square(side/4) || m.positions <= 1:
		case i+1 < len(maps) && maps[i+1].positions == m.positions:
		case g.depth[m.Layer] == g.depth[output]:
		default:
			m.Name = sizeName(m)
			blocks = append(blocks, m.Block)
		}
	}
	// A size that comes back later is the later one's.
	slices.Reverse(blocks)
	seen := make(map[string]bool)
	blocks = slices.DeleteFunc(blocks, func(b Block) bool {
		again := seen[b.Name]
		seen[b.Name] = true
		return again
	})
	slices.Reverse(blocks)
	return blocks
}
