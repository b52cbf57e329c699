package backbone

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/digitalinnovationone/headstart/internal/ort"
)

// NoBlocks is the AddOptions.Blocks of a backbone that has only its output.
const NoBlocks = "none"

// lastLayers is how many layers of a transformer become blocks.
const lastLayers = 4

// findBlocks finds the blocks of the network that is to be cut at output, or those in
// the named layers, and records them in its metadata.
func (a *addition) findBlocks(layers, output string) (err error) {
	blocks := a.recordedBlocks(output)
	a.model.RemoveMetadata(BlocksKey)
	switch layers {
	case NoBlocks:
		return nil
	case "", Auto:
		if a.automatic = true; blocks == nil {
			blocks, err = a.autoBlocks(output)
		}
	default:
		blocks, err = a.namedBlocks(strings.Split(layers, ","), output)
	}
	if err != nil || len(blocks) == 0 {
		return err
	}
	text, err := json.Marshal(blocks)
	if err != nil {
		return err
	}
	a.model.SetMetadata(BlocksKey, string(text))
	return nil
}

// recordedBlocks returns the blocks that the file records, if it is to be cut behind
// them.
func (a *addition) recordedBlocks(output string) (blocks []Block) {
	text, _ := a.model.Metadata(BlocksKey)
	if json.Unmarshal([]byte(text), &blocks) != nil || checkBlocks(a.model, blocks) != nil {
		return nil
	}
	for _, block := range blocks {
		if !a.model.Needs(output, block.Layer) {
			return nil
		}
	}
	return blocks
}

// autoBlocks returns the last layer of each size, or of a transformer, whose layers
// are all of one size, the class token and the mean of the others of its last blocks.
func (a *addition) autoBlocks(output string) ([]Block, error) {
	maps, err := a.layerMaps(a.ways.Before(output))
	if maps = a.upright(maps); err != nil || len(maps) == 0 {
		return nil, err
	}
	last := maps[len(maps)-1]
	for _, m := range maps {
		if m.positions <= square(a.side/4) && m.positions != last.positions {
			return a.graph.lastOfEachSize(maps, a.side, output), nil
		}
	}
	if last.Pool != PoolTokens {
		return nil, nil
	}
	return a.transformerBlocks(maps), nil
}

// upright returns those of consecutive maps that are surely no tokens in the wrong
// order, [N, C, tokens]: a map that was just flattened, or tokens just transposed.
func (a *addition) upright(maps []layerMap) []layerMap {
	var kept []layerMap
	tokens := make(map[string]bool)
	for _, m := range maps {
		node, _ := a.graph.maker(m.Layer)
		if m.Pool == PoolTokens {
			if flattens[node.Operator] || node.Operator == "Transpose" && tokens[node.Inputs[0]] {
				continue
			}
			tokens[m.Layer] = true
		}
		kept = append(kept, m)
	}
	return kept
}

// layerMaps returns those values that can become blocks.
func (a *addition) layerMaps(names []string) ([]layerMap, error) {
	names = slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		return name == a.input.Name || a.model.MadeBy(name) == "Pad" // a size of its own, which says nothing new
	})
	ports, err := a.shapes(names)
	if err != nil {
		return nil, err
	}
	var maps []layerMap
	for _, name := range names {
		if m, ok := a.layerMap(ports[name]); ok {
			maps = append(maps, m)
		}
	}
	return maps, nil
}

// layerMap reports whether a value is a square map or tokens.
func (a *addition) layerMap(port ort.Port) (m layerMap, ok bool) {
	switch port.Type {
	case "float", "float16":
	case "uint8", "int8":
		if !a.model.IsQuantised(port.Name) {
			return m, false
		}
	default:
		return m, false
	}
	s := port.Shape
	if len(s) < 3 || s[0] != int64(a.batch) || slices.Min(s) < 1 || slices.Max(s) > maxDim {
		return m, false
	}
	m.Layer = port.Name
	switch {
	case len(s) == 4 && s[2] == s[3]:
		m.Dim, m.positions = int(s[1]), square(int(s[2]))
	case len(s) == 4 && s[1] == s[2]:
		m.Dim, m.positions, m.Pool = int(s[3]), square(int(s[1])), PoolLast
	case len(s) == 3:
		m.Dim, m.Pool = int(s[2]), PoolTokens
		if m.prefix, ok = prefixOf(int(s[1])); !ok {
			return m, false
		}
		m.positions = int(s[1]) - m.prefix
	default:
		return m, false
	}
	return m, m.positions > 1 && m.Dim > 1
}

// prefixOf returns how many of some tokens, the first ones, are of no position: class
// tokens and registers. The others are those of a square.
func prefixOf(tokens int) (int, bool) {
	side := int(math.Sqrt(float64(tokens)))
	prefix := tokens - square(side)
	return prefix, prefix <= 8
}

func sizeName(m layerMap) string {
	side := int(math.Sqrt(float64(m.positions)))
	return fmt.Sprintf("%dx%d", side, side)
}

// transformerBlocks returns the blocks of a transformer's last layers, given all its
// values of tokens. Of its last one the class token is left out: the network's own
// output is made of it, or of the mean if there is none.
func (a *addition) transformerBlocks(maps []layerMap) []Block {
	ends := a.layerEnds(maps)
	var blocks []Block
	for i := max(0, len(ends)-lastLayers); i < len(ends); i++ {
		m, last := ends[i], i == len(ends)-1
		m.Name = fmt.Sprintf("layer%d", i+1)
		if m.prefix > 0 && !last {
			blocks = append(blocks, m.class())
		}
		if m.prefix > 0 || !last {
			blocks = append(blocks, m.mean())
		}
	}
	return blocks
}

func (m layerMap) class() Block {
	return Block{m.Name + "-class", m.Layer, m.Dim, PoolClass}
}

func (m layerMap) mean() Block {
	return Block{m.Name + "-mean", m.Layer, m.Dim, m.Pool}
}

// layerEnds returns the sums at which a transformer's layers end. Layers add what
// their attention gives first, and then what follows, or both at once.
func (a *addition) layerEnds(maps []layerMap) []layerMap {
	var sums []layerMap
	var attends []bool // of each sum: there is an attention between the one before and it
	begin, any := 0, false
	for _, m := range maps {
		at := a.graph.makers[m.Layer]
		if node := a.graph.nodes[at]; len(a.graph.varying(node)) < 2 || node.Operator != "Add" && node.Operator != "Sum" {
			continue
		}
		attention := slices.ContainsFunc(a.graph.nodes[begin:at], a.graph.isAttention)
		sums, attends = append(sums, m), append(attends, attention)
		begin, any = at+1, any || attention
	}
	var ends []layerMap
	for i, m := range sums {
		fromEnd := len(sums) - 1 - i
		if fromEnd == 0 || any && attends[i+1] || !any && fromEnd%2 == 0 {
			ends = append(ends, m)
		}
	}
	return ends
}

// namedBlocks returns the blocks of the named layers, in the order in which these are
// computed.
func (a *addition) namedBlocks(layers []string, output string) ([]Block, error) {
	for i := range layers {
		layers[i] = strings.TrimSpace(layers[i])
		if a.model.MadeBy(layers[i]) == "" {
			return nil, optionErrorf("it has no value named %q for a block", layers[i])
		}
		if !a.model.Needs(output, layers[i]) {
			return nil, optionErrorf("its value %s cannot be a block: the embedding %s does not depend on it", layers[i], output)
		}
	}
	slices.SortStableFunc(layers, func(x, y string) int { return cmp.Compare(a.graph.makers[x], a.graph.makers[y]) })
	maps, err := a.layerMaps(layers)
	if err != nil {
		return nil, err
	}
	var blocks []Block
	for _, layer := range layers {
		i := slices.IndexFunc(maps, func(m layerMap) bool { return m.Layer == layer })
		if i < 0 {
			return nil, optionErrorf("its value %s cannot be a block: it is neither a square map nor tokens, of numbers that depend on the image", layer)
		}
		m := maps[i]
		m.Name = layer
		if m.prefix > 0 {
			blocks = append(blocks, m.class(), m.mean())
		} else {
			blocks = append(blocks, m.Block)
		}
	}
	return blocks, nil
}
