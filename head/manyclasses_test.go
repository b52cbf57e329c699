package head

import "testing"

func TestFitOfManyClasses(t *testing.T) {
	const classes = 2000
	x, labels, names := draw(2*classes, 8, classes, 1)
	h, report := mustFit(t, x, labels, names, Options{Head: LDA})
	if got := len(h.Probabilities(x.Row(0), nil)); got != classes {
		t.Errorf("%d probabilities", got)
	}
	m := report.CrossValidated
	if m.Images != 2*classes || len(m.Classes) != classes || m.ROCAUC == nil {
		t.Errorf("%d images and %d classes cross-validated, ROC-AUC %v", m.Images, len(m.Classes), m.ROCAUC)
	}
	if m.Confusion != nil {
		t.Error("a confusion matrix of millions of numbers")
	}
}

func TestCrossValidationThatWouldTakeHours(t *testing.T) {
	x, labels, classes := draw(100, 8, 4, 1)
	p := problem{labels: labels, classes: len(classes)}
	defer func(usual int) { maxProducts = usual }(maxProducts)
	maxProducts = p.products(x.Dim()) - 1
	for _, c := range []struct {
		opt           Options
		kind          string
		folds, images int
	}{
		{Options{}, LDA, 5, 100},
		{Options{C: 0.1}, LogisticUnit, 1, 20},
		{Options{Head: Logistic}, Logistic, 1, 20},
		{Options{Head: MLP, Hidden: 64}, MLP, 1, 20},
		{Options{Head: MLP, Hidden: 1}, MLP, 5, 100},
	} {
		_, r := mustFit(t, x, labels, classes, c.opt)
		if r.Head != c.kind || len(r.Candidates) != 1 || r.Folds != c.folds || r.Calibration.Images != c.images || r.CrossValidated.Images != c.images {
			t.Errorf("%+v: %s of %d kinds tried, %d folds, calibrated by %d images, scores of %d", c.opt, r.Head, len(r.Candidates), r.Folds, r.Calibration.Images, r.CrossValidated.Images)
		}
	}
}

func BenchmarkFitOfManyClasses(b *testing.B) {
	const classes = 10_000
	x, labels, names := draw(2*classes, 64, classes, 1)
	for b.Loop() {
		mustFit(b, x, labels, names, Options{})
	}
}
