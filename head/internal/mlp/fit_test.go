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
	draw := func(n int, seed uint64) (matrix.Dense, []int) {
		rng := rand.New(rand.NewPCG(seed, 1))
		x, labels := matrix.New(n, 6), make([]int, n)
		for i := range n {
			row := x.Row(i)
			for j := range row {
				row[j] = float32(rng.NormFloat64())
			}
			if (row[0] > 0) != (row[1] > 0) {
				labels[i] = 1
			}
		}
		return x, labels
	}
	x, labels := draw(600, 1)
	n := mustFit(t, x, labels, 2, nil, Options{WeightDecay: -1}, 50)
	unseen, unseenLabels := draw(300, 2)
	if a := accuracy(n, unseen, unseenLabels); a < 0.85 { // a plane gets a half
		t.Errorf("accuracy %v on images not trained on", a)
	}
}

func TestFitIsThatOfItsSeed(t *testing.T) {
	x, labels := rings(211, 19, 7, 1)
	want := mustFit(t, x, labels, 7, nil, Options{Hidden: 33, Seed: 5}, 5)
	got := mustFit(t, x, labels, 7, nil, Options{Hidden: 33, Seed: 5}, 5)
	if !same(got.Hidden, want.Hidden) || !same(got.Output, want.Output) {
		t.Error("another network with the same seed")
	}
	other := mustFit(t, x, labels, 7, nil, Options{Hidden: 33, Seed: 6}, 5)
	if same(other.Hidden, want.Hidden) {
		t.Error("the same network with another seed")
	}
}

func same(a, b Dense) bool {
	return slices.Equal(a.Weight, b.Weight) && slices.Equal(a.Bias, b.Bias)
}

// TestTrainGoesOn stops on the way, as cross-validation does, and then has what
// training without a stop has.
func TestTrainGoesOn(t *testing.T) {
	x, labels := rings(100, 6, 2, 3)
	tr := mustTrainer(t, x, labels, 2, nil, Options{Hidden: 16})
	for _, epochs := range []int{1, 3, 3, 7} {
		if _, err := tr.Train(t.Context(), epochs); err != nil {
			t.Fatal(err)
		}
		tr.Network()
	}
	if whole := mustFit(t, x, labels, 2, nil, Options{Hidden: 16}, 7); !same(whole.Hidden, tr.Network().Hidden) {
		t.Error("another network after a stop")
	}
}

func TestFitTakesClassesOfOneImage(t *testing.T) {
	x, labels := rings(3, 4, 3, 1)
	n := mustFit(t, x, labels, 3, nil, Options{Hidden: 32, WeightDecay: -1}, 500)
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
	a := mustFit(t, x, labels, 2, weights, Options{Hidden: 16}, 5)
	b := mustFit(t, x, wrong, 2, weights, Options{Hidden: 16}, 5)
	if !same(a.Hidden, b.Hidden) {
		t.Error("the labels of images without weight changed the network")
	}
}

func TestLengthsOfEmbeddingsDoNotMatter(t *testing.T) {
	x, labels := rings(100, 5, 2, 6)
	longer := matrix.New(x.Len(), x.Dim())
	for i := range x.Len() {
		for j, v := range x.Row(i) {
			longer.Row(i)[j] = v * float32(int(1)<<(i%10))
		}
	}
	clear(longer.Row(0)) // nor do those that have none
	clear(x.Row(0))
	a := mustFit(t, x, labels, 2, nil, Options{Hidden: 16}, 5)
	b := mustFit(t, longer, labels, 2, nil, Options{Hidden: 16}, 5)
	if !same(a.Hidden, b.Hidden) || !same(a.Output, b.Output) {
		t.Error("another network of longer embeddings")
	}
}

func TestFitTakesEmbeddingsThatAreAlike(t *testing.T) {
	x := matrix.New(6, 3)
	for i := range x.Data {
		x.Data[i] = 0.1
	}
	n := mustFit(t, x, []int{0, 1, 0, 1, 0, 1}, 2, nil, Options{Hidden: 8}, 20)
	if !matrix.Finite(n.Hidden.Weight) || !matrix.Finite(n.Hidden.Bias) || !matrix.Finite(n.Output.Weight) {
		t.Error("the network is not finite")
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
	n := mustFit(t, x, labels, 2, nil, Options{}, 32)
	if a := accuracy(n, unseen, unseenLabels); a != 1 {
		t.Errorf("accuracy %v", a)
	}
}

func TestFitStopsOnCancel(t *testing.T) {
	x, labels := rings(100, 5, 2, 1)
	headtest.EveryStop(t, 8, func(ctx context.Context) error {
		tr, err := New(ctx, x, labels, 2, nil, Options{BatchSize: 10})
		if err != nil {
			return err
		}
		_, err = tr.Train(ctx, 4)
		return err
	})
}

func TestFitThatDivergesIsAnError(t *testing.T) {
	x, labels := rings(4, 3, 2, 1)
	x.Data[4] = float32(math.Inf(1))
	if _, err := mustTrainer(t, x, labels, 2, nil, Options{}).Train(t.Context(), 1); !errors.Is(err, ErrNotFinite) {
		t.Error(err)
	}
}
