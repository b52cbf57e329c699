package backbone

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
)

// BlocksKey is the ONNX metadata entry whose value is the JSON of the []Block that a
// backbone can give besides its output.
const BlocksKey = "headstart.blocks"

// Names that stand for blocks of any backbone.
const (
	LastBlock = "last" // the file's output as it is
	AllBlocks = "all"  // all that the backbone can give
)

// Block is a part of the embedding: the values of one layer of the network, pooled.
type Block struct {
	Name  string `json:"name"`
	Layer string `json:"layer"` // the value of the ONNX graph
	Dim   int    `json:"dim"`   // values once they are pooled
	Pool  Pool   `json:"pool,omitempty"`
}

// Pool says how a layer's value becomes a row.
type Pool string

// The ways to pool.
const (
	PoolMap    Pool = ""            // mean over the positions of a map, [N, Dim, height, width]
	PoolLast   Pool = "nhwc"        // mean over the positions of a map, [N, height, width, Dim]
	PoolTokens Pool = "tokens"      // mean over tokens, [N, tokens, Dim]
	PoolClass  Pool = "class-token" // the first token of [N, tokens, Dim]
)

func (b *Backbone) last() Block {
	return Block{Name: LastBlock, Layer: b.file.Name, Dim: b.fileDim}
}

// Given returns the blocks that the embedding holds, side by side in this order.
func (b Backbone) Given() []Block {
	if b.Blocks == nil {
		return []Block{b.last()}
	}
	return slices.Clone(b.Blocks)
}

// Available returns all blocks that the backbone can give, earlier layers first. The
// last is always LastBlock.
func (b Backbone) Available() []Block { return append(slices.Clone(b.earlier), b.last()) }

// UnknownBlockError is returned for a block that a backbone cannot give.
type UnknownBlockError struct {
	Name     string
	Backbone Backbone
}

func (e *UnknownBlockError) Error() string {
	return fmt.Sprintf("backbone %s has no block %q, only %s", e.Backbone.Name, e.Name, strings.Join(BlockNames(e.Backbone.Available()), ", "))
}

// BlockNames returns the names of blocks.
func BlockNames(blocks []Block) []string {
	names := make([]string, len(blocks))
	for i, block := range blocks {
		names[i] = block.Name
	}
	return names
}

// Select returns the backbone whose embedding holds the named blocks, in the order
// of Available: LastBlock, AllBlocks, or names separated by commas. A name that is
// not known gives an [*UnknownBlockError].
func (b Backbone) Select(names string) (Backbone, error) {
	available := b.Available()
	if names == AllBlocks {
		return b.WithBlocks(available), nil
	}
	wanted := make(map[string]bool)
	for name := range strings.SplitSeq(names, ",") {
		name = strings.TrimSpace(name)
		if !slices.Contains(BlockNames(available), name) {
			return Backbone{}, &UnknownBlockError{name, b}
		}
		wanted[name] = true
	}
	return b.WithBlocks(slices.DeleteFunc(available, func(block Block) bool { return !wanted[block.Name] })), nil
}

// WithBlocks returns the backbone whose embedding holds the given blocks, side by
// side. They need not be among Available: a head knows its own. No blocks, or the
// last alone, are the file's output as it is.
func (b Backbone) WithBlocks(blocks []Block) Backbone {
	if len(blocks) == 0 || len(blocks) == 1 && blocks[0] == b.last() {
		b.Blocks, b.Output = nil, b.file
		b.Dim = b.last().Dim
		return b
	}
	b.Blocks, b.Dim = slices.Clone(blocks), 0
	for _, block := range blocks {
		b.Dim += block.Dim
	}
	b.Output = Port{blocksOutput, []int64{b.file.Shape[0], int64(b.Dim)}}
	return b
}

// findEarlier finds the blocks besides the last: those that the file records, or
// those that the catalogue knows if the file has their layers.
func (b *Backbone) findEarlier(model *onnxgraph.Model, known *Entry) error {
	recorded, found := model.Metadata(BlocksKey)
	switch {
	case found:
		if err := json.Unmarshal([]byte(recorded), &b.earlier); err != nil {
			return fmt.Errorf("its metadata entry %s: %w", BlocksKey, err)
		}
		if err := checkBlocks(model, b.earlier); err != nil {
			return fmt.Errorf("its metadata entry %s: %w", BlocksKey, err)
		}
	case known != nil && known.Blocks != nil && checkBlocks(model, known.Blocks) == nil:
		b.earlier = known.Blocks
	case known != nil && known.Stages:
		b.earlier = b.stageEnds(model)
	}
	return nil
}

func checkBlocks(model *onnxgraph.Model, blocks []Block) error {
	names := map[string]bool{"": true, LastBlock: true, AllBlocks: true, "none": true, Auto: true}
	total := 0
	for _, block := range blocks {
		if names[block.Name] || strings.ContainsAny(block.Name, ", ") {
			return fmt.Errorf("%q cannot be the name of a block, or is that of two", block.Name)
		}
		names[block.Name] = true
		if total += block.Dim; block.Dim < 1 || block.Dim > maxDim || total > maxDim {
			return fmt.Errorf("block %s has %d values", block.Name, block.Dim)
		}
		if !slices.Contains([]Pool{PoolMap, PoolLast, PoolTokens, PoolClass}, block.Pool) {
			return fmt.Errorf("block %s is pooled in an unknown way, %q", block.Name, block.Pool)
		}
		if model.MadeBy(block.Layer) == "" {
			return fmt.Errorf("the graph has no value %q of block %s", block.Layer, block.Name)
		}
	}
	return nil
}
