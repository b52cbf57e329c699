package metrics

import (
	"encoding/json"
	"strings"
	"testing"
)

func measured() *Metrics {
	return Evaluate([][]float64{{0.9, 0.1, 0}, {0.8, 0.2, 0}, {0.4, 0.6, 0}, {0.7, 0.3, 0}},
		[]int{0, 0, 1, 1}, nil, []string{"cats", "a=b", "birds"})
}

func TestGates(t *testing.T) {
	for _, c := range []struct{ name, value, reason string }{
		{"min-accuracy", "0.75", ""},
		{"min-accuracy", "0.8", "--min-accuracy 0.8: accuracy is 0.75, too low by 0.05"},
		{"min-recall", "cats=1", ""},
		{"min-recall", "a=b=0.6", "--min-recall a=b=0.6: recall of a=b is 0.5, too low by 0.1"},
		{"min-recall", "birds=0", "--min-recall birds=0: there is no image to measure the recall of birds on"},
		{"min-recall", "cows=0", "--min-recall cows=0: there is no image to measure the recall of cows on"},
		{"max-log-loss", "2", ""},
		{"max-log-loss", "1e-9", "--max-log-loss 1e-9: log-loss is "},
		{"max-ece", "1", ""},
		{"min-images", "4", ""},
		{"min-images", "5", "--min-images 5: number of images is 4, too low by 1"},
		{"min-images", "1003", "--min-images 1003: number of images is 4, too low by 999"},
		{"min-images", "2000000", "--min-images 2000000: number of images is 4, too low by 1999996"},
		{"max-ece", "0", "--max-ece 0: calibration error is "},
	} {
		g, err := ParseGate(c.name, c.value)
		if err != nil {
			t.Errorf("%s %s: %v", c.name, c.value, err)
			continue
		}
		r := g.Check(measured())
		if r.Met != (c.reason == "") || !strings.HasPrefix(r.Reason, c.reason) || r.Bound != g.Bound {
			t.Errorf("%s: %+v", g, r)
		}
		if (r.Value == nil) != strings.Contains(c.reason, "no image") {
			t.Errorf("%s: value %v", g, r.Value)
		}
		if r := g.Check(Evaluate(nil, nil, nil, []string{"cats"})); r.Met {
			t.Errorf("%s is met by no images", g)
		}
	}
}

func TestAGateMadeWithoutText(t *testing.T) {
	r := Gate{Name: "min-recall", Class: "cats", Bound: 0.5}.Check(measured())
	data, err := json.Marshal(r)
	if want := `{"gate":"--min-recall cats=0.5","on":"value","value":1,"bound":0.5,"met":true}`; err != nil || string(data) != want {
		t.Errorf("%s, %v", data, err)
	}
}

// 3 of 4 images are right, and of class a=b 1 of 2: the lower bounds of Wilson's
// intervals are 0.3006 and 0.0945.
func TestGatesOnTheLowerBound(t *testing.T) {
	for _, c := range []struct {
		gate   Gate
		reason string
	}{
		{Gate{Name: "min-accuracy", Bound: 0.3}, ""},
		{Gate{Name: "min-accuracy", Bound: 0.31}, "--min-accuracy 0.31: lower bound of the accuracy is 0.300642, too low by "},
		{Gate{Name: "min-recall", Class: "a=b", Bound: 0.09}, ""},
		{Gate{Name: "min-recall", Class: "a=b", Bound: 0.1}, "--min-recall a=b=0.1: lower bound of the recall of a=b is 0.0945"},
		{Gate{Name: "min-recall", Class: "birds", Bound: 0}, "--min-recall birds=0: there is no image"},
		{Gate{Name: "max-ece", Bound: 1}, "--max-ece 1: the calibration error has no interval"},
	} {
		c.gate.On = OnLower
		r := c.gate.Check(measured())
		if r.Met != (c.reason == "") || !strings.HasPrefix(r.Reason, c.reason) || r.On != OnLower {
			t.Errorf("%s: %+v", c.gate, r)
		}
	}
}

func TestParseGateRefuses(t *testing.T) {
	for _, c := range [][3]string{
		{"min-accuracy", "95", "from 0 to 1"},
		{"min-accuracy", "NaN", "from 0 to 1"},
		{"max-log-loss", "-1", "0 or more"},
		{"min-images", "1.5", "whole number"},
		{"min-images", "-1", "whole number"},
		{"max-log-loss", "Inf", "0 or more"},
		{"min-recall", "0.9", "CLASS=NUMBER"},
		{"min-recall", "cats=high", "from 0 to 1"},
		{"min-beauty", "1", "no gate"},
	} {
		if _, err := ParseGate(c[0], c[1]); err == nil || !strings.Contains(err.Error(), c[2]) {
			t.Errorf("%s %s: %v", c[0], c[1], err)
		}
	}
}

func TestNotWorse(t *testing.T) {
	this, that := make([]bool, 20), make([]bool, 20)
	for i := range that {
		that[i] = i < 8
	}
	this[9] = true
	if c := Compare("old.onnx", this[:8], that[:8], nil); c.OnlyOther != 8 || c.OnlyThis != 0 || c.NotWorse().Met {
		t.Errorf("%s: %+v", c, c.NotWorse())
	}
	c := Compare("old.onnx", this, this, nil)
	if r := c.NotWorse(); !r.Met || r.Reason != "" || *r.Value != 1 || r.Gate != "--not-worse-than old.onnx" {
		t.Errorf("%s: %+v", c, r)
	}
	worse := Compare("old.onnx", this, that, nil)
	if r := worse.NotWorse(); r.Met || !strings.Contains(r.Reason, "only with this head: 1; only with old.onnx: 8; McNemar p = 0.0195, below 0.05") {
		t.Errorf("%+v", r)
	}
}
