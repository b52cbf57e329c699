package ood

import (
	"context"
	"math"
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
		_, _, err := Fit(ctx, x, labels, nil, 2, usual)
		return err
	})
}
