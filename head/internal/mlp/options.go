package mlp

import "cmp"

// Options says how to train. The zero value is a good choice.
type Options struct {
	// Hidden is the number of hidden units; 0 means 256.
	Hidden int
	// WeightDecay times LearningRate is the share of every weight that each
	// step takes away; 0 means 5, negative means none. The product is below 1.
	WeightDecay float64
	// LearningRate is the size of Adam's steps; 0 means 0.001.
	LearningRate float64
	// BatchSize is the number of images in a step; 0 means 32.
	BatchSize int
	// Seed decides the initial weights and the order of images.
	Seed uint64
}

// complete replaces zeros by defaults.
func (o *Options) complete() {
	o.Hidden = cmp.Or(o.Hidden, 256)
	o.WeightDecay = max(cmp.Or(o.WeightDecay, 5), 0)
	o.LearningRate = cmp.Or(o.LearningRate, 0.001)
	o.BatchSize = cmp.Or(o.BatchSize, 32)
}
