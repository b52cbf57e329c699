package head

import "testing"

func TestFitOfManyClasses(t *testing.T) {
	const classes = 1000
	x, labels, names := draw(2*classes, 16, classes, 1)
	h, report := mustFit(t, x, labels, names, Options{Head: LDA})
	if len(h.Probabilities(x.Row(0), nil)) != classes || report.Calibration.Images != 2*classes {
		t.Errorf("%d images calibrated", report.Calibration.Images)
	}
}
