package extractor

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/digitalinnovationone/headstart/extractor/backbone"
	"github.com/digitalinnovationone/headstart/extractor/imageio"
)

// Spec is everything an embedding depends on besides the image. Two
// embeddings may be compared, and stand in one store, only if their Specs are
// equal.
type Spec struct {
	Pixels        int                   `json:"pixels"`   // imageio.Version
	Backbone      string                `json:"backbone"` // SHA-256 of the ONNX file
	Output        string                `json:"output"`
	Dim           int                   `json:"dim"`
	Preprocessing imageio.Preprocessing `json:"preprocessing"`
	// Blocks are what a row holds, side by side; nil if that is the file's output.
	Blocks []backbone.Block `json:"blocks,omitempty"`
}

// SpecOf returns the Spec of the embeddings that b makes.
func SpecOf(b backbone.Backbone) Spec {
	return Spec{
		Pixels:        imageio.Version,
		Backbone:      b.SHA256,
		Output:        b.Output.Name,
		Dim:           b.Dim,
		Preprocessing: b.Preprocessing,
		Blocks:        b.Blocks,
	}
}

// Given returns the blocks in a row.
func (s Spec) Given() []backbone.Block {
	if s.Blocks == nil {
		return []backbone.Block{{Name: backbone.LastBlock, Layer: s.Output, Dim: s.Dim}}
	}
	return s.Blocks
}

// JSON returns the one JSON form of the Spec.
func (s Spec) JSON() []byte {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // numbers are finite: backbone checks them
	}
	return text
}

// Hash returns 32 hexadecimal digits of the SHA-256 of the Spec's JSON.
func (s Spec) Hash() string {
	sum := sha256.Sum256(s.JSON())
	return hex.EncodeToString(sum[:16])
}
