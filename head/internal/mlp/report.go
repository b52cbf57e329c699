package mlp

import "errors"

// ErrNotFinite says that training diverged.
var ErrNotFinite = errors.New("the loss is not finite: embeddings or the learning rate are too large")

// How training can end.
const (
	Stopped    = "stopped early" // the loss had not fallen for Patience epochs
	EpochLimit = "epoch limit"   // MaxEpochs came first
)

// Report says how training went.
type Report struct {
	Status string // Stopped or EpochLimit
	// Validation is the number of images held out to decide when to stop: about a
	// tenth of every class that has five or more, or five groups. Where it is 0,
	// the loss of the training images decides.
	Validation int
	Best       int     // epoch whose weights were kept, from 1
	Loss       float64 // after that epoch, of the images that decide when to stop
	History    []Epoch
}

// Epoch is one pass over the training images. Losses are the weighted mean
// cross-entropy, natural logarithm.
type Epoch struct {
	// Training is taken during the pass, with dropout.
	Training float64
	// Validation is taken after the pass; 0 if no images are held out.
	Validation float64
}
