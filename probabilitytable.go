package headstart

import "github.com/digitalinnovationone/headstart/head"

// probabilityTable has a row of probabilities for each embedding. It asks the
// head for a part of them at a time, and for the same part again where it cannot
// hold all: those of a million images in a thousand classes would take 8 GB.
type probabilityTable struct {
	head       *head.Head
	embeddings head.Matrix
	parts      map[int][][]float64 // of partRows rows each
	most       int                 // parts that are held
}

const (
	partRows = 1024
	maxHeld  = 128 << 20 // probabilities: 1 GB
)

func newProbabilityTable(h *head.Head, embeddings head.Matrix) *probabilityTable {
	return &probabilityTable{
		head: h, embeddings: embeddings,
		parts: make(map[int][][]float64), most: max(1, maxHeld/partRows/len(h.Meta.Classes)),
	}
}

// row returns the probabilities of embedding i.
func (t *probabilityTable) row(i int) []float64 {
	part, held := t.parts[i/partRows]
	if !held {
		if len(t.parts) == t.most {
			clear(t.parts)
		}
		first := i / partRows * partRows
		part = t.head.Predict(stretch{t.embeddings, first, min(first+partRows, t.embeddings.Len())})
		t.parts[i/partRows] = part
	}
	return part[i%partRows]
}

// stretch is some neighbouring rows of a matrix.
type stretch struct {
	head.Matrix
	from, to int
}

func (s stretch) Len() int            { return s.to - s.from }
func (s stretch) Row(i int) []float32 { return s.Matrix.Row(s.from + i) }
