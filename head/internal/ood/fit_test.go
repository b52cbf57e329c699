package ood

import (
	"context"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/digitalinnovationone/headstart/head/internal/headtest"
	"github.com/digitalinnovationone/headstart/internal/matrix"
)

func TestFitKeepsTheShareAskedFor(t *testing.T) {
	x, labels := draw(600, 32, 0, 3, 1)
	unseen, _ := draw(1500, 32, 0, 3, 2)
	strangers, _ := draw(200, 32, 3, 2, 3)
	for _, share := range []float64{0.8, 0.95} {
		m := mustFit(t, x, labels, 3, Options{KnownRecall: share, Workers: 2})
		if got := kept(m, unseen); math.Abs(got-share) > 0.03 {
			t.Errorf("%v of unseen images kept, want %v", got, share)
		}
		if got := kept(m, strangers); got > 0.05 {
			t.Errorf("%v of images of other classes kept", got)
		}
	}
}

func TestFitBoundsReferences(t *testing.T) {
	x, labels := draw(2600, 8, 0, 2, 1)
	for i := range 2400 {
		labels[i] = 0 // 2,500 of class 0 and 100 of class 1
	}
	p := mustFit(t, x, labels, 2, usual).Parameters()
	if len(p.Scales) != maxReferences || p.Neighbours != maxNeighbours {
		t.Errorf("%d references, %d neighbours", len(p.Scales), p.Neighbours)
	}
	classes := 2500
	for i := range labels {
		labels[i] = i % classes
	}
	p = mustFit(t, x, labels, classes, usual).Parameters()
	if len(p.Scales) != classes || p.Neighbours != 1 {
		t.Errorf("%d references and %d neighbours of %d classes", len(p.Scales), p.Neighbours, classes)
	}
}

func TestThresholdCountsImagesThatReferencesStandFor(t *testing.T) {
	members := [][]int{make([]int, 9000), make([]int, 1000), make([]int, 100)}
	chosen := choose(members, rand.New(rand.NewPCG(1, 1)))
	scores := make([]float64, len(chosen))
	var images float64
	for i, c := range chosen {
		scores[i] = float64(i) // ascending, class by class
		images += c.weight
	}
	if len(chosen) != maxReferences || math.Abs(images-10100) > 1e-6 {
		t.Errorf("%d references stand for %v images", len(chosen), images)
	}
	// 950 references of the first class and of the second, all of the third.
	for share, want := range map[float64]float64{4500. / 10100: 475, 9000. / 10100: 950, 9500. / 10100: 1425, 1: 1999} {
		if got := quantile(scores, chosen, share); math.Abs(got-want) > 1.5 {
			t.Errorf("the share %v ends at reference %v, want %v", share, got, want)
		}
	}
}

func TestFitTakesFewImages(t *testing.T) {
	x, labels := draw(4, 16, 0, 2, 1)
	strangers, _ := draw(20, 16, 7, 2, 2)
	m := mustFit(t, x, labels, 2, usual)
	if m.Parameters().Neighbours != 1 || kept(m, x) != 1 || kept(m, strangers) > 0.2 {
		t.Errorf("%d neighbours, %v of the images kept, %v of others", m.Parameters().Neighbours, kept(m, x), kept(m, strangers))
	}
	mustFit(t, matrix.Dense{Data: x.Data[:32], Cols: 16}, []int{0, 1}, 2, usual)
}

func TestFitIsTheSameOnAnyNumberOfWorkers(t *testing.T) {
	x, labels := draw(2300, 7, 0, 3, 1)
	want := mustFit(t, x, labels, 3, Options{KnownRecall: 0.95, Workers: 1}).Parameters()
	for _, workers := range []int{2, 5} {
		if got := mustFit(t, x, labels, 3, Options{KnownRecall: 0.95, Workers: workers}).Parameters(); !reflect.DeepEqual(got, want) {
			t.Errorf("another model with %d workers", workers)
		}
	}
}

func TestFitStopsOnCancel(t *testing.T) {
	x, labels := draw(50, 8, 0, 2, 1)
	headtest.EveryStop(t, 50, func(ctx context.Context) error {
		_, err := Fit(ctx, x, labels, 2, usual)
		return err
	})
}
