package backbone

import (
	"fmt"
	"runtime/debug"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
)

// blocksOutput is the name of the output that holds several blocks.
const blocksOutput = "blocks"

// edit returns the content to load, given that of b's file.
func (b Backbone) edit(content []byte) ([]byte, error) {
	if b.Blocks == nil {
		return content, nil
	}
	m, err := onnxgraph.Parse(content)
	if err == nil {
		err = b.giveBlocks(m)
	}
	if err == nil {
		content, err = m.Marshal()
	}
	if err != nil {
		return nil, fmt.Errorf("cannot use backbone %s: %w", b.Path, err)
	}
	m = nil
	debug.FreeOSMemory() // as in Read
	return content, nil
}

// giveBlocks makes b's Blocks the only output of the model in its file: each layer
// pooled to one row, and these side by side.
func (b Backbone) giveBlocks(m *onnxgraph.Model) error {
	if m.Uses(blocksOutput) { // a layer of the network
		if err := m.Rename(blocksOutput, m.FreeName(blocksOutput)); err != nil {
			return err
		}
	}
	rows := make([]string, len(b.Blocks))
	for i, block := range b.Blocks {
		var err error
		if rows[i], err = b.row(m, block); err != nil {
			return fmt.Errorf("block %s: %w", block.Name, err)
		}
	}
	m.AddNode("Concat", rows, []string{blocksOutput}, onnxgraph.Int("axis", 1))
	if err := m.Cut(blocksOutput); err != nil {
		return err
	}
	shape := []onnxgraph.Dim{{Size: -1, Name: "N"}, {Size: int64(b.Dim)}}
	if b.OneAtATime {
		shape[0] = onnxgraph.Dim{Size: 1}
	}
	m.SetOutput(onnxgraph.Value{Name: blocksOutput, Type: onnxgraph.Float32, Shape: shape})
	return nil
}

// row appends the pooling of a block and returns its row.
func (b Backbone) row(m *onnxgraph.Model, block Block) (string, error) {
	if block == b.last() {
		if len(b.file.Shape) == 2 {
			return b.file.Name, nil
		}
		return m.Flatten(b.file.Name), nil
	}
	value := block.Layer
	if m.MadeBy(value) == "" {
		return "", fmt.Errorf("the graph has no value %q", value)
	}
	if m.IsQuantised(value) {
		var err error
		if value, err = m.Dequantise(value); err != nil {
			return "", err
		}
	} else if m.HasHalves() {
		value = m.GiveFloats(value)
	}
	switch block.Pool {
	case PoolLast:
		return m.MeanOver(value, 1, 2), nil
	case PoolTokens:
		return m.MeanOver(value, 1), nil
	case PoolClass:
		return m.First(value, 1), nil
	default: // a pool keeps the blocked layout in which ONNX Runtime computes convolutions
		return m.Flatten(m.AveragePositions(value)), nil
	}
}
