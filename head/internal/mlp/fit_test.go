package mlp

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestFitLearnsWhatNoPlaneParts(t *testing.T) {
	x, labels := rings(600, 8, 3, 1)
	n, report := mustFit(t, x, labels, 3, nil, Options{Groups: 1, BatchSize: 16, WeightDecay: -1})
	unseen, unseenLabels := rings(300, 8, 3, 2)
	if a := accuracy(n, unseen, unseenLabels); a < 0.8 { // a plane gets about a half
		t.Errorf("accuracy %v on images not trained on", a)
	}
	if report.Status != Stopped || report.HeldBack != 60 {
		t.Errorf("%s with %d images held back", report.Status, report.HeldBack)
	}
}

func TestFitIsTheSameOnAnyNumberOfWorkers(t *testing.T) {
	x, labels := rings(211, 19, 7, 1)
	want, wantReport := mustFit(t, x, labels, 7, nil, Options{Hidden: 33, Workers: 1, Seed: 5})
	for _, workers := range []int{2, 3, 8} {
		got, report := mustFit(t, x, labels, 7, nil, Options{Hidden: 33, Workers: workers, Seed: 5})
		if !same(got.Hidden, want.Hidden) || !same(got.Output, want.Output) {
			t.Errorf("another network with %d workers", workers)
		}
		if !slices.Equal(report.History, wantReport.History) {
			t.Errorf("another history with %d workers", workers)
		}
	}
	other, _ := mustFit(t, x, labels, 7, nil, Options{Hidden: 33, Seed: 6})
	if same(other.Hidden, want.Hidden) {
		t.Error("the same network with another seed")
	}
}

func same(a, b Dense) bool {
	return slices.Equal(a.Weight, b.Weight) && slices.Equal(a.Bias, b.Bias)
}

func TestFitReturnsTheBestEpoch(t *testing.T) {
	x, labels := rings(200, 6, 2, 3)
	opt := Options{Hidden: 16, Patience: 3}
	_, report := mustFit(t, x, labels, 2, nil, opt)
	if report.Status != Stopped || len(report.History) != report.Best+3 {
		t.Fatalf("%s after %d epochs, the best is %d", report.Status, len(report.History), report.Best)
	}
	for i, e := range report.History {
		if e.HeldBack < report.Loss {
			t.Errorf("epoch %d has loss %v, the best %v", i+1, e.HeldBack, report.Loss)
		}
	}
	opt.MaxEpochs = report.Best
	cut, cutReport := mustFit(t, x, labels, 2, nil, opt)
	if cutReport.Status != EpochLimit || cutReport.Loss != report.Loss {
		t.Errorf("%s with loss %v, want the epoch limit with %v", cutReport.Status, cutReport.Loss, report.Loss)
	}
	full, _ := mustFit(t, x, labels, 2, nil, Options{Hidden: 16, Patience: 3})
	if !same(full.Hidden, cut.Hidden) {
		t.Error("the network is not that of the best epoch")
	}
}

func TestFitTakesClassesOfOneImage(t *testing.T) {
	x, labels := rings(3, 4, 3, 1)
	n, report := mustFit(t, x, labels, 3, nil, Options{Hidden: 32, Groups: 1, WeightDecay: -1, MaxEpochs: 500})
	if report.HeldBack != 0 || report.History[0].HeldBack != 0 {
		t.Errorf("%d images held back of classes of one", report.HeldBack)
	}
	if a := accuracy(n, x, labels); a != 1 {
		t.Errorf("accuracy %v on three images learnt by heart", a)
	}
}

func TestFitIgnoresImagesWithoutWeight(t *testing.T) {
	x, labels := rings(300, 6, 2, 4)
	wrong := slices.Clone(labels)
	weights := make([]float64, len(labels))
	for i := range weights {
		if i%3 == 0 {
			wrong[i] = 1 - labels[i]
		} else {
			weights[i] = 0.2
		}
	}
	a, _ := mustFit(t, x, labels, 2, weights, Options{Hidden: 16})
	b, _ := mustFit(t, x, wrong, 2, weights, Options{Hidden: 16})
	if !same(a.Hidden, b.Hidden) {
		t.Error("the labels of images without weight changed the network")
	}
}

func TestFitFoldsStandardisation(t *testing.T) {
	x, labels := rings(100, 5, 2, 6)
	far := newTable(x.Len(), x.Dim())
	for i, v := range x.values {
		far.values[i] = v*64 + 128
	}
	near, _ := mustFit(t, x, labels, 2, nil, Options{Hidden: 16})
	moved, _ := mustFit(t, far, labels, 2, nil, Options{Hidden: 16})
	a, b := make([]float32, 2), make([]float32, 2)
	for i := range labels {
		near.Logits(x.Row(i), a)
		moved.Logits(far.Row(i), b)
		for c := range a {
			if math.Abs(float64(a[c]-b[c])) > 1e-3 {
				t.Fatalf("row %d: logits %v, of rows scaled and moved %v", i, a, b)
			}
		}
	}
}

// TestFitIsNotMisledByFewImages has features that happen to be alike in the
// images trained on and not in others.
func TestFitIsNotMisledByFewImages(t *testing.T) {
	draw := func(n int, noise float64, seed uint64) (table, []int) {
		chance := rand.New(rand.NewPCG(seed, 1))
		x, labels := newTable(n, 20), make([]int, n)
		for i := range n {
			labels[i] = i % 2
			for j := range x.row(i) {
				x.row(i)[j] = float32(noise * chance.NormFloat64())
			}
			x.row(i)[0] = float32(2*labels[i] - 1)
			x.row(i)[1] = -x.row(i)[0]
		}
		return x, labels
	}
	x, labels := draw(10, 0.001, 1)
	unseen, unseenLabels := draw(200, 0.1, 2)
	n, _ := mustFit(t, x, labels, 2, nil, Options{})
	if a := accuracy(n, unseen, unseenLabels); a != 1 {
		t.Errorf("accuracy %v", a)
	}
}

func TestFitStopsOnCancel(t *testing.T) {
	x, labels := rings(100, 5, 2, 1)
	ctx, cancel := context.WithCancel(context.Background())
	cancelled := cancelAfter{x, cancel, 350} // in the second epoch: two passes are the scaler's
	_, _, err := Fit(ctx, &cancelled, labels, 2, nil, Options{BatchSize: 10, Workers: 1})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if cancelled.left < -10 {
		t.Errorf("%d rows read after the cancellation", -cancelled.left)
	}
}

// cancelAfter cancels when so many rows were read.
type cancelAfter struct {
	table
	cancel context.CancelFunc
	left   int
}

func (c *cancelAfter) Row(i int) []float32 {
	if c.left--; c.left == 0 {
		c.cancel()
	}
	return c.table.Row(i)
}

func TestFitRefuses(t *testing.T) {
	x, labels := rings(4, 3, 2, 1)
	huge := newTable(4, 3)
	copy(huge.values, x.values)
	huge.values[4] = float32(math.Inf(1))
	for _, test := range []struct {
		name    string
		x       Matrix
		labels  []int
		weights []float64
		opt     Options
		want    string
	}{
		{"labels", x, labels[:3], nil, Options{}, "there are 4 embeddings and 3 labels"},
		{"class", x, []int{0, 1, 2, 0}, nil, Options{}, "label 2 of embedding 2 is none of the 2 classes"},
		{"weights", x, labels, []float64{1}, Options{}, "there are 4 embeddings and 1 weights"},
		{"negative", x, labels, []float64{1, 1, -1, 1}, Options{}, "bad weight -1 of embedding 2"},
		{"zero", x, labels, make([]float64, 4), Options{}, "weights add up to 0"},
		{"infinite", huge, labels, nil, Options{}, "the loss is not finite"},
		{"hidden", x, labels, nil, Options{Hidden: -1}, "bad number of hidden units -1"},
		{"groups", x, labels, nil, Options{Groups: -1}, "bad number of groups -1"},
		{"rate", x, labels, nil, Options{LearningRate: math.NaN()}, "bad learning rate NaN"},
		{"decay", x, labels, nil, Options{WeightDecay: 1e4}, "bad weight decay 10000"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := Fit(context.Background(), test.x, test.labels, 2, test.weights, test.opt)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}
