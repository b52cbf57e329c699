package head

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
)

// Options says how to fit a head. The zero value is a good choice.
type Options struct {
	// Head is the kind of head; empty means Auto.
	Head string
	// C is the inverse strength of the L2 penalty of logistic regression, as in
	// scikit-learn, where embeddings are scaled first as the kind of head says.
	// 0 means the value of Grid with the lowest cross-validated log-loss, or 1 where
	// that cannot be measured. It is at most MaxC.
	C float64
	// Blocks are the columns of the embeddings in order, earlier layers first; nil
	// is one block. Fit uses the last one, and the earlier ones too where that is
	// better by cross-validation. FitBest has the blocks of each input instead.
	Blocks []Block
	// Hidden is the number of hidden units of MLP; 0 means 256.
	Hidden int
	// Weights says how much each embedding counts, 0 or more; nil means 1 each.
	// Scores count all images alike.
	Weights []float64
	// Groups numbers the group of each row: rows of one group, such as copies of
	// one image, are held out together wherever something is chosen or measured.
	// nil means that each row is a group.
	Groups []int
	// KnownRecall is the share of images of the classes that should score below
	// the threshold of the unknown score; 0 means 0.95.
	KnownRecall float64
	// Folds is the number of folds of the cross-validation; 0 means 5, and there
	// are never more than groups of the class that is in most, or than 3 where that
	// is fewer. Where a pass over all images, classes and values takes more than 2³²
	// products, only the first fold is held out, and Auto is LDA alone, which holds
	// out all.
	Folds int
	// Seed decides which images share a fold, and everything that MLP draws.
	Seed uint64
	// Workers is the number of processor cores to use; 0 means all. The result
	// does not depend on it.
	Workers int
}

// Check refuses options that make no sense, as Fit does, but for Weights and
// Groups.
func (o Options) Check() error {
	o.Weights, o.Groups = nil, nil
	return o.complete(0)
}

// complete replaces zeros by defaults.
func (o *Options) complete(images int) error {
	o.Head = cmp.Or(o.Head, Auto)
	o.Folds = cmp.Or(o.Folds, 5)
	o.Workers = cmp.Or(o.Workers, runtime.GOMAXPROCS(0))
	o.Hidden = cmp.Or(o.Hidden, 256)
	o.KnownRecall = cmp.Or(o.KnownRecall, 0.95)
	switch {
	case !slices.Contains(Kinds(), o.Head):
		return fmt.Errorf("bad head %q: it must be one of %s", o.Head, strings.Join(Kinds(), ", "))
	case !(o.C >= 0 && o.C-o.C == 0):
		return fmt.Errorf("bad C %v: it must be a positive number", o.C)
	case o.C > MaxC:
		return fmt.Errorf("bad C %v: it must be at most %g", o.C, MaxC)
	case o.C > 0 && (o.Head == LDA || o.Head == MLP):
		return fmt.Errorf("the penalty C is for logistic regression, not for %s", o.Head)
	case o.Folds < 2:
		return fmt.Errorf("bad number of folds %d: it must be 2 or more", o.Folds)
	case o.Workers < 0:
		return fmt.Errorf("bad number of workers %d", o.Workers)
	case o.Hidden < 0:
		return fmt.Errorf("bad number of hidden units %d", o.Hidden)
	case !(o.KnownRecall > 0 && o.KnownRecall <= 1):
		return fmt.Errorf("bad known recall %v: it must be above 0 and at most 1", o.KnownRecall)
	case o.Groups != nil && len(o.Groups) != images:
		return fmt.Errorf("there are %d embeddings and %d groups", images, len(o.Groups))
	}
	return checkWeights(o.Weights, images)
}

func checkWeights(weights []float64, images int) error {
	if weights == nil {
		return nil
	}
	if len(weights) != images {
		return fmt.Errorf("there are %d embeddings and %d weights", images, len(weights))
	}
	for i, w := range weights {
		if !(w >= 0 && w <= math.MaxFloat32) {
			return fmt.Errorf("bad weight %v of embedding %d: it must be a number, 0 or more", w, i)
		}
	}
	if slices.Max(weights) == 0 {
		return errors.New("all weights are 0")
	}
	return nil
}

// Balanced returns weights for Options that make every class count the same,
// whatever its number of images: n / (classes · images of the
// class), as scikit-learn's class_weight="balanced" does.
func Balanced(labels []int, classes int) []float64 {
	counts := make([]float64, classes)
	for _, label := range labels {
		counts[label]++
	}
	weights := make([]float64, len(labels))
	for i, label := range labels {
		weights[i] = float64(len(labels)) / (float64(classes) * counts[label])
	}
	return weights
}
