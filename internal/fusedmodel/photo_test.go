package fusedmodel_test

import (
	"strings"
	"testing"

	"github.com/digitalinnovationone/headstart/internal/fusedmodel"
)

func TestOneImageAtATimeCannotBeTwoViews(t *testing.T) {
	n := fusedmodel.Normalisation{Side: side, Std: [3]float32{1, 1, 1}, OneAtATime: true, Views: []fusedmodel.View{{Resize: side}, {Whole: true}}}
	if _, err := fusedmodel.Join(fusedmodel.Photo, n, averages(n), doubler(), nil); err == nil || !strings.Contains(err.Error(), "one image at a time") {
		t.Errorf("error %v", err)
	}
}
