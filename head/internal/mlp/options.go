package mlp

import (
	"fmt"
	"runtime"
)

// Options says how to train. The zero value is a good choice.
type Options struct {
	// Hidden is the number of hidden units; 0 means 256.
	Hidden int
	// Groups is how many groups the hidden units are dealt into at every step;
	// an image is seen by one of them, which is dropout of the other units. 0
	// means 4. No more workers than groups are of use.
	Groups int
	// WeightDecay times LearningRate is the share of every weight that each
	// step takes away; 0 means 5, negative means none.
	WeightDecay float64
	// LearningRate is the size of Adam's steps; 0 means 0.002.
	LearningRate float64
	// BatchSize is the number of images in a step; 0 means 32.
	BatchSize int
	// MaxEpochs bounds the passes over the images; 0 means 200.
	MaxEpochs int
	// Patience is how many epochs in a row may bring no lower loss before
	// training stops; 0 means 2.
	Patience int
	// Seed decides the first weights, which images are held back, the order of
	// images and the groups.
	Seed uint64
	// Workers is the number of processor cores to use; 0 means all. The result
	// does not depend on it.
	Workers int
}

// complete puts defaults in the place of zeros, and zeros in the place of none.
func (o *Options) complete() error {
	for _, n := range []struct {
		what      string
		value     *int
		otherwise int
	}{
		{"number of hidden units", &o.Hidden, 256},
		{"number of groups", &o.Groups, 4},
		{"batch size", &o.BatchSize, 32},
		{"number of epochs", &o.MaxEpochs, 200},
		{"patience", &o.Patience, 2},
		{"number of workers", &o.Workers, runtime.GOMAXPROCS(0)},
	} {
		if *n.value == 0 {
			*n.value = n.otherwise
		}
		if *n.value < 0 {
			return fmt.Errorf("bad %s %d", n.what, *n.value)
		}
	}
	if o.LearningRate == 0 {
		o.LearningRate = 0.002
	}
	o.WeightDecay = positiveOr(o.WeightDecay, 5)
	switch {
	case !(o.LearningRate > 0 && o.LearningRate <= 1):
		return fmt.Errorf("bad learning rate %v: it must be above 0 and at most 1", o.LearningRate)
	case !(o.WeightDecay*o.LearningRate < 1):
		return fmt.Errorf("bad weight decay %v: times the learning rate it must be below 1", o.WeightDecay)
	}
	return nil
}

// positiveOr puts otherwise in the place of 0, and 0 in that of negatives.
func positiveOr(v, otherwise float64) float64 {
	if v == 0 {
		return otherwise
	}
	return max(v, 0)
}
