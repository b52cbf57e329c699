package mlp

import (
	"cmp"
	"runtime"
)

// Options says how to train. The zero value is a good choice.
type Options struct {
	// Hidden is the number of hidden units; 0 means 256.
	Hidden int
	// Groups is how many groups the hidden units are dealt into at every step;
	// an image is seen by one of them, which is dropout of the other units. 0
	// means 1: with many classes of few images, dropout was measured to cost a point
	// or two. More workers than groups do not help.
	Groups int
	// WeightDecay times LearningRate is the share of every weight that each
	// step takes away; 0 means 5, negative means none. The product is below 1.
	WeightDecay float64
	// LearningRate is the size of Adam's steps; 0 means 0.001.
	LearningRate float64
	// BatchSize is the number of images in a step; 0 means 32.
	BatchSize int
	// Seed decides the initial weights, the order of images and the groups.
	Seed uint64
	// Workers is the number of processor cores to use; 0 means all. The result
	// does not depend on it.
	Workers int
}

// complete replaces zeros by defaults.
func (o *Options) complete() {
	o.Hidden = cmp.Or(o.Hidden, 256)
	o.Groups = cmp.Or(o.Groups, 1)
	o.WeightDecay = max(cmp.Or(o.WeightDecay, 5), 0)
	o.LearningRate = cmp.Or(o.LearningRate, 0.001)
	o.BatchSize = cmp.Or(o.BatchSize, 32)
	o.Workers = cmp.Or(o.Workers, runtime.GOMAXPROCS(0))
}
