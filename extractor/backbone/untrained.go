package backbone

import (
	"fmt"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
)

// Untrained returns the same network with random weights, as it was before it was
// trained: what its embeddings are worth tells what is owed to training, and what to
// the pixels. It is in memory only; its SHA256 is that of its own content.
//
// Convolutions and layers have weights drawn by seed from He's normal distribution
// and no bias, normalisations do nothing; other constants stay. Where a batch norm was
// made a part of its convolution, as it usually is for inference, it is gone with the
// convolution's weights. Quantised networks are refused.
func (b Backbone) Untrained(seed uint64) (Backbone, error) {
	data, err := b.Read()
	if err != nil {
		return Backbone{}, err
	}
	model, err := onnxgraph.Parse(data)
	if err == nil {
		model.InlineFunctions()
		model.InlineConstants()
		err = model.Untrain(seed)
	}
	if err == nil {
		b.content, err = model.Marshal()
	}
	if err != nil {
		return Backbone{}, fmt.Errorf("cannot take from backbone %s what it has learnt: %w", b.Path, err)
	}
	b.SHA256 = digest(b.content)
	b.Name += ", untrained"
	return b, nil
}
