package backbone

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
)

// Inspection describes an ONNX file that a backbone could be cut from.
type Inspection struct {
	Path         string            `json:"path"`
	Bytes        int64             `json:"bytes"` // of the file, without external weights
	Opset        int64             `json:"opset"`
	Domains      map[string]int64  `json:"domains,omitempty"` // of operators that are not ONNX's own, with their versions
	IRVersion    int64             `json:"ir_version"`
	Producer     string            `json:"producer,omitempty"`
	Operators    int               `json:"operators"`
	Weights      int64             `json:"weights"` // numbers
	MultiplyAdds int64             `json:"multiply_adds"`
	Inputs       []string          `json:"inputs"`
	Outputs      []string          `json:"outputs"`
	Metadata     map[string]string `json:"metadata,omitempty"`
	// Preprocessing says how images are prepared, "" if that is unknown.
	Preprocessing string `json:"preprocessing,omitempty"`
	// Candidates are the last map and the rows that it can be cut at. One is chosen,
	// unless Unsure says what AddOptions.Output must tell.
	Candidates []Candidate `json:"candidates"`
	Unsure     string      `json:"unsure,omitempty"`
	// Blocks are what Add would have the backbone give too.
	Blocks []Block `json:"blocks,omitempty"`
}

// Inspect describes an ONNX file that a backbone could be cut from.
func Inspect(file string) (Inspection, error) {
	n, err := readNetwork(file)
	if err != nil {
		return Inspection{}, err
	}
	info, err := os.Stat(file)
	if err != nil {
		return Inspection{}, err
	}
	i := Inspection{Path: file, Bytes: info.Size()}
	i.describe(n)
	if err := i.measure(n); err != nil {
		return Inspection{}, fmt.Errorf("cannot inspect %s: %w", file, err)
	}
	p, why, err := n.preprocessing(file, "")
	switch {
	case err == nil:
		i.Preprocessing = fmt.Sprintf("%s (%s)", preprocessingJSON(p), why)
	case !errors.Is(err, ErrNoPreprocessing):
		return Inspection{}, fmt.Errorf("cannot inspect %s: %w", file, err)
	}
	return i, nil
}

func (i *Inspection) describe(n *network) {
	header := n.model.Header()
	i.IRVersion, i.Producer, i.Operators = header.IRVersion, header.Producer, len(n.model.Nodes())
	i.Metadata, i.Opset, i.Domains = header.Metadata, header.Opsets[""], header.Opsets
	delete(i.Domains, "")
	for _, v := range n.model.Inputs() {
		i.Inputs = append(i.Inputs, v.String())
	}
	for _, v := range n.model.Outputs() {
		i.Outputs = append(i.Outputs, v.String())
	}
	for _, t := range n.model.Initializers() {
		switch t.Type {
		case onnxgraph.Float32, onnxgraph.Float16, onnxgraph.Int8, onnxgraph.Uint8:
			i.Weights += product(sizes(t.Shape))
		}
	}
}

func (i *Inspection) measure(n *network) error {
	candidates, err := n.candidates()
	if err != nil {
		return err
	}
	first := max(0, slices.IndexFunc(candidates, func(c Candidate) bool { return !c.isMap() })-1)
	chosen, err := n.choose(candidates)
	switch {
	case errors.As(err, new(*OptionError)):
		i.Unsure = err.Error()
	case err != nil:
		return err
	default:
		candidates[chosen].Chosen = true
		first = min(first, chosen)
		a := addition{network: n}
		if i.Blocks = a.recordedBlocks(candidates[chosen].Name); i.Blocks == nil {
			if i.Blocks, err = a.autoBlocks(candidates[chosen].Name); err != nil {
				return err
			}
		}
	}
	i.Candidates = candidates[first:]
	i.MultiplyAdds, err = n.multiplyAdds()
	return err
}
