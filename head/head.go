package head

import (
	"encoding/json"
	"slices"

	"github.com/digitalinnovationone/headstart/head/internal/logistic"
)

// A Head gives the probabilities of classes from an embedding. It may be used
// by several goroutines at once, as long as none changes Meta.
type Head struct {
	Meta Meta

	dim    int
	weight []float32 // classes × dim
	bias   []float32 // classes
}

// Meta is what a head file says besides its numbers.
type Meta struct {
	Format    int               `json:"format"`    // set by Write
	Headstart string            `json:"headstart"` // version of the program
	Classes   []string          `json:"classes"`   // in the order of the probabilities
	Backbone  Backbone          `json:"backbone"`
	Spec      json.RawMessage   `json:"spec,omitempty"` // how embeddings are made
	SpecHash  string            `json:"spec_hash"`
	Training  Training          `json:"training"`
	Scores    map[string]Scores `json:"scores,omitempty"` // by split, or by CrossValidated
}

// Backbone is the network whose embeddings a head understands.
type Backbone struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"` // of its file, in hexadecimal
}

// CrossValidated is the key in Meta.Scores of the scores that Fit found by
// cross-validation.
const CrossValidated = "cross-validated"

func newHead(model *logistic.Model, dim int, classes []string, report *Report) *Head {
	h := &Head{
		Meta:   Meta{Classes: slices.Clone(classes), Training: report.Training},
		dim:    dim,
		weight: model.Weights,
		bias:   model.Offsets,
	}
	if report.CrossValidated != nil {
		h.Meta.Scores = map[string]Scores{CrossValidated: report.CrossValidated.Scores}
	}
	return h
}

// Dim is the length of the embeddings that the head takes.
func (h *Head) Dim() int { return h.dim }

// Logits returns one number per class, whose softmax is Probabilities. It
// stores them in dst if that has room. It panics if row is not of length Dim.
func (h *Head) Logits(row []float32, dst []float64) []float64 {
	if len(row) != h.dim {
		panic("head: embedding of the wrong length")
	}
	dst = slices.Grow(dst[:0], len(h.bias))[:len(h.bias)]
	for k := range dst {
		sum := float64(h.bias[k])
		weights := h.weight[k*h.dim : (k+1)*h.dim]
		for j, v := range row {
			sum += float64(v) * float64(weights[j])
		}
		dst[k] = sum
	}
	return dst
}

// Probabilities returns the probability of each class, in the order of
// Meta.Classes. It stores them in dst if that has room. It panics if row is not
// of length Dim.
func (h *Head) Probabilities(row []float32, dst []float64) []float64 {
	dst = h.Logits(row, dst)
	softmax(dst)
	return dst
}

// Predict returns the probabilities of every row of x.
func (h *Head) Predict(x Matrix) [][]float64 {
	probabilities := table(x.Len(), len(h.bias))
	for i, dst := range probabilities {
		h.Probabilities(x.Row(i), dst)
	}
	return probabilities
}
