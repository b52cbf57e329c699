package mlp

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/digitalinnovationone/headstart/head/internal/headtest"
	"github.com/digitalinnovationone/headstart/internal/matrix"
)

func TestFitLearnsWhatNoPlaneParts(t *testing.T) {
	x, labels := rings(600, 8, 3, 1)
	n, report := mustFit(t, x, labels, 3, nil, Options{Groups: 1, BatchSize: 16, WeightDecay: -1})
	unseen, unseenLabels := rings(300, 8, 3, 2)
	if a := accuracy(n, unseen, unseenLabels); a < 0.8 { // a plane gets about a half
		t.Errorf("accuracy %v on images not trained on", a)
	}
	if report.Status != Stopped || report.Validation != 60 {
		t.Errorf("%s with %d images held back", report.Status, report.Validation)
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
		if e.Validation < report.Loss {
			t.Errorf("epoch %d has loss %v, the best %v", i+1, e.Validation, report.Loss)
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
	if report.Validation != 0 || report.History[0].Validation != 0 {
		t.Errorf("%d images held back of classes of one", report.Validation)
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
	far := matrix.New(x.Len(), x.Dim())
	for i, v := range x.Data {
		far.Data[i] = v*64 + 128
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
	draw := func(n int, noise float64, seed uint64) (matrix.Dense, []int) {
		rng := rand.New(rand.NewPCG(seed, 1))
		x, labels := matrix.New(n, 20), make([]int, n)
		for i := range n {
			labels[i] = i % 2
			for j := range x.Row(i) {
				x.Row(i)[j] = float32(noise * rng.NormFloat64())
			}
			x.Row(i)[0] = float32(2*labels[i] - 1)
			x.Row(i)[1] = -x.Row(i)[0]
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
	headtest.EveryStop(t, 8, func(ctx context.Context) error {
		_, _, err := Fit(ctx, x, labels, 2, nil, Options{BatchSize: 10, Workers: 1})
		return err
	})
}

func TestFitThatDivergesIsAnError(t *testing.T) {
	x, labels := rings(4, 3, 2, 1)
	x.Data[4] = float32(math.Inf(1))
	if _, _, err := Fit(t.Context(), x, labels, 2, nil, Options{}); !errors.Is(err, ErrNotFinite) {
		t.Error(err)
	}
}
