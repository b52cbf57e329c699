package headstart

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor"
	"github.com/digitalinnovationone/headstart/extractor/backbone"
	"github.com/digitalinnovationone/headstart/extractor/imageio"
	"github.com/digitalinnovationone/headstart/head"
	"github.com/digitalinnovationone/headstart/head/metrics"
)

// Ways to learn that a Baseline compares.
const (
	// BaselineTransfer is logistic regression on the backbone's embeddings, scaled to
	// length 1.
	BaselineTransfer = "transfer"
	// BaselineRandomWeight is the same on embeddings of the same network with random
	// weights: see backbone.Backbone.Untrained. What it lacks is what training on other
	// photos has taught the backbone; what it has is owed to the network's shape.
	BaselineRandomWeight = "random-weight"
	// BaselineLogistic is logistic regression on standardised pixels: red, green and blue
	// of the picture's centre square at 32×32, 3,072 numbers.
	BaselineLogistic = "pixels"
	// BaselineMLP is a perceptron with one hidden layer, of 64 units, on the same.
	BaselineMLP = "pixels-mlp"
)

// Pixels compares transfer with learning without it: on the same images, drawn and
// held out in the same way, so that the points of the curves with as many images a class
// are of the same draws, but that there may be fewer where fits take longer.
type Pixels struct {
	Images    int        `json:"images"`    // that draws are taken from
	Tested    int        `json:"tested"`    // images measured on
	Unused    int        `json:"unused"`    // further images, beyond the 1,000 that are looked at, or unreadable by now
	Baselines []Baseline `json:"baselines"` // the four, BaselineTransfer first
	// NoRandomWeight says why there is no BaselineRandomWeight, as for a quantised
	// backbone.
	NoRandomWeight string `json:"no_random_weight,omitempty"`
}

// Baseline is one way of learning.
type Baseline struct {
	Kind   string         `json:"kind"`
	Head   string         `json:"head"`   // kind of head
	Scores metrics.Scores `json:"scores"` // of the last point, not calibrated
	Points []CurvePoint   `json:"points,omitempty"`
}

// maxBaselineImages limits the images that are decoded twice and go through an untrained
// network for a comparison.
const maxBaselineImages = 1000

const (
	baselineSide   = 32 // pixels
	baselineHidden = 64
	mlpDraws       = 3 // it takes about a second to fit
)

var baselinePixels = imageio.Preprocessing{
	Resize: baselineSide, Crop: baselineSide, Filter: "bilinear",
	Std: [3]float32{255, 255, 255}, Layout: "NCHW", Type: "float32",
}

// Pixels measures what transfer is worth: see [Pixels]. It looks at 1,000 images at
// most, of each class and split about the same share, and holds images out as
// [Engine.LearningCurve] does. Nothing is kept: half a minute on two cores goes to
// decoding, to the untrained network and to fits.
func (e *Engine) Pixels(ctx context.Context, data *dataset.Dataset, o DuplicateOptions, seed uint64) (*Pixels, error) {
	s, err := e.study(ctx, data, o)
	if err != nil {
		return nil, err
	}
	return s.pixels(ctx, seed)
}

func (s *study) pixels(ctx context.Context, seed uint64) (*Pixels, error) {
	all := len(s.labels)
	s = s.part(maxBaselineImages, seed)
	e := s.found.engine
	result := &Pixels{}
	untrained, err := s.found.Backbone().Untrained(seed)
	passes := 2
	if err != nil {
		result.NoRandomWeight, passes = err.Error(), 1
	}
	e.event(BaselineStarted{passes * len(s.labels)})
	pixels, random, err := s.untransferred(ctx, untrained, result.NoRandomWeight == "")
	e.event(BaselineDone{})
	if err != nil {
		return nil, err
	}
	readable := func(i int) bool { return pixels[i] != nil && (random == nil || random[i] != nil) }
	kept := s.only(readable)
	keep := func(rows [][]float32) head.Matrix {
		m := rowsInMemory{}
		for i, row := range rows {
			if readable(i) {
				m.rows, m.dim = append(m.rows, row), len(row)
			}
		}
		return m
	}
	transfer, err := kept.learningCurve(ctx, seed)
	if err != nil {
		return nil, err
	}
	result.Images, result.Tested = transfer.Images, transfer.HeldOut
	result.Unused = all - transfer.Images - transfer.HeldOut
	result.Baselines = []Baseline{newBaseline(BaselineTransfer, transfer)}
	add := func(kind string, rows [][]float32, o head.CurveOptions) error {
		e.event(CurvesStarted{})
		defer e.event(CurvesDone{})
		curve, err := head.MeasureCurve(ctx, keep(rows), kept.labels, o)
		if err == nil {
			result.Baselines = append(result.Baselines, newBaseline(kind, curve))
		}
		return err
	}
	o := kept.curveOptions(seed)
	if random != nil {
		if err := add(BaselineRandomWeight, random, o); err != nil {
			return nil, err
		}
	}
	o.Head = head.Logistic
	if err := add(BaselineLogistic, pixels, o); err != nil {
		return nil, err
	}
	o.Head, o.Hidden, o.Draws = head.MLP, baselineHidden, mlpDraws
	return result, add(BaselineMLP, pixels, o)
}

func newBaseline(kind string, c *head.LearningCurve) Baseline {
	return Baseline{kind, c.Head, c.Last, newCurvePoints(c)}
}

// untransferred returns the pixels of each image, and its embedding by an untrained
// network if that is wanted; nil for those that cannot be read.
func (s *study) untransferred(ctx context.Context, b backbone.Backbone, wanted bool) (pixels, random [][]float32, err error) {
	e := s.found.engine
	var one sync.Mutex // an engine's events come one at a time
	done := func() {
		one.Lock()
		defer one.Unlock()
		e.event(BaselineImageDone{})
	}
	if pixels, err = s.found.x.Tensors(ctx, s.found.Samples, s.found.Keys, baselinePixels, done); err != nil || !wanted {
		return pixels, nil, err
	}
	x, err := extractor.New(e.extraction(b, ""))
	if err != nil {
		return nil, nil, err
	}
	err = x.Extract(ctx, slices.Values(s.found.Samples), func(r extractor.Result) error {
		e.event(BaselineImageDone{})
		random = append(random, slices.Clone(r.Embedding))
		return nil
	})
	return pixels, random, cmp.Or(err, x.Close())
}

// part returns a study of at most so many images, of each class and split about the same
// share. Images that must not be parted are in it together or not at all.
func (s *study) part(most int, seed uint64) *study {
	if len(s.labels) <= most {
		return s
	}
	type kind struct {
		label int
		held  bool
	}
	kindOf := func(i int) kind { return kind{s.labels[i], s.held != nil && s.held[i]} }
	units, total := map[int][]int{}, map[kind]float64{}
	for i, unit := range s.units {
		units[unit] = append(units[unit], i)
		total[kindOf(i)]++
	}
	order := make([]int, 0, len(units))
	for unit := range units {
		order = append(order, unit)
	}
	slices.Sort(order)
	rng := rand.New(rand.NewPCG(seed, 0))
	rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	place, seen := map[int]float64{}, map[kind]float64{} // of a unit among those of its first image's kind, 0 to 1
	for _, unit := range order {
		of := kindOf(units[unit][0])
		place[unit] = seen[of] / total[of]
		seen[of] += float64(len(units[unit]))
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(place[a], place[b]) })
	chosen, n := map[int]bool{}, 0
	for _, unit := range order {
		if n+len(units[unit]) <= most {
			chosen[unit] = true
			n += len(units[unit])
		}
	}
	return s.only(func(i int) bool { return chosen[s.units[i]] })
}

// only returns a study of the images that are wanted.
func (s *study) only(wanted func(i int) bool) *study {
	some := &study{found: s.found.only(wanted)}
	for i := range s.labels {
		if wanted(i) {
			some.units, some.labels = append(some.units, s.units[i]), append(some.labels, s.labels[i])
			if s.held != nil {
				some.held = append(some.held, s.held[i])
			}
		}
	}
	return some
}
