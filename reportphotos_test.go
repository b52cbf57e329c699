package headstart

import (
	"testing"

	"github.com/digitalinnovationone/headstart/head"
)

// Where all scores are the threshold itself, the histogram has no width.
func TestUnknownScoresThatAreAllTheSame(t *testing.T) {
	const score = 0.25
	h := &head.Head{Meta: head.Meta{Unknown: &head.Unknown{Threshold: score}}}
	b := &reporter{held: &heldOut{classifier: &Classifier{head: h}}, images: make([]reportImage, 3)}
	for i := range b.images {
		b.images[i].unknown = score
	}
	b.countUnknown()
	if b.Unknown.Known[0] != 3 || b.Unknown.Above != 0 {
		t.Errorf("%+v", b.Unknown)
	}
}
