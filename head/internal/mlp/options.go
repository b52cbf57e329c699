package mlp

import (
	"fmt"
	"runtime"
)

// Options says how to train. The zero value is a good choice.
type Options struct {
	// Hidden is the number of hidden units; 0 means 256.
	Hidden int
	// Keep is the chance that a hidden unit takes part in learning from an
	// image, the complement of the dropout rate; 0 means 0.5, 1 means no
	// dropout.
	Keep float64
	// WeightDecay is the share of every weight, times the learning rate, that
	// each step takes away. Biases do not decay.
	WeightDecay float64
	// LearningRate is Adam's step size; 0 means 0.001.
	LearningRate float64
	// BatchSize is the number of images in a step; 0 means 32.
	BatchSize int
	// MaxEpochs bounds the passes over the images; 0 means 200.
	MaxEpochs int
	// Patience is how many epochs in a row may bring no lower loss before
	// training stops; 0 means 3.
	Patience int
	// Seed decides the first weights, which images are held back, the order of
	// images and the dropout.
	Seed uint64
	// Workers is the number of processor cores to use; 0 means all. The result
	// does not depend on it.
	Workers int
}

// complete puts defaults in the place of zeros.
func (o *Options) complete() error {
	for _, n := range []struct {
		what      string
		value     *int
		byDefault int
	}{
		{"number of hidden units", &o.Hidden, 256},
		{"batch size", &o.BatchSize, 32},
		{"number of epochs", &o.MaxEpochs, 200},
		{"patience", &o.Patience, 3},
		{"number of workers", &o.Workers, runtime.GOMAXPROCS(0)},
	} {
		if *n.value == 0 {
			*n.value = n.byDefault
		}
		if *n.value < 0 {
			return fmt.Errorf("bad %s %d", n.what, *n.value)
		}
	}
	if o.Keep == 0 {
		o.Keep = 0.5
	}
	if o.LearningRate == 0 {
		o.LearningRate = 1e-3
	}
	switch {
	case !(o.Keep > 0 && o.Keep <= 1):
		return fmt.Errorf("bad share of hidden units to keep %v: it must be above 0 and at most 1", o.Keep)
	case !(o.LearningRate > 0 && o.LearningRate <= 1):
		return fmt.Errorf("bad learning rate %v: it must be above 0 and at most 1", o.LearningRate)
	case !(o.WeightDecay >= 0 && o.WeightDecay*o.LearningRate < 1):
		return fmt.Errorf("bad weight decay %v: it must be 0 or more, and less than 1 / learning rate", o.WeightDecay)
	}
	return nil
}
