package headstart

import (
	"fmt"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/head/metrics"
	"github.com/digitalinnovationone/headstart/internal/wording"
)

// Passed reports whether all gates are met.
func (e *Evaluation) Passed() bool {
	for _, gate := range e.Gates {
		if !gate.Met {
			return false
		}
	}
	return true
}

// missingClasses says which classes there are no images of.
func (e *Evaluation) missingClasses() {
	var of, missing []string
	for _, c := range e.Metrics.Classes {
		if c.Images > 0 {
			of = append(of, c.Class)
		} else {
			missing = append(missing, wording.Name(c.Class))
		}
	}
	switch {
	case len(of) == 1 && e.Images == 1:
		e.NotMeasured = "the only image is of class " + wording.Name(of[0])
	case len(of) == 1:
		e.NotMeasured = fmt.Sprintf("all %d images are of class %s", e.Images, wording.Name(of[0]))
	case len(missing) > 0:
		e.said().warn("the head has %s without any image among those measured: %s", wording.Count(len(missing), "class", "classes"), wording.FirstFew(missing))
	}
}

// measured returns the result of a gate, not met if there are no scores.
func (e *Evaluation) measured(result metrics.GateResult) metrics.GateResult {
	if e.NotMeasured != "" {
		result.Value, result.Met, result.Reason = nil, false, result.Gate+": not measured, since "+e.NotMeasured
	}
	return result
}

// check applies the gates, and says what to doubt.
func (e *Evaluation) check(o EvaluateOptions, looks []*look) {
	for _, gate := range o.Gates {
		result := gate.Check(e.Metrics)
		if gate.Name != "min-recall" && gate.Name != "min-images" {
			result = e.measured(result)
		}
		e.Gates = append(e.Gates, result)
	}
	if e.Comparison != nil {
		e.Gates = append(e.Gates, e.measured(e.Comparison.NotWorse()))
	}
	gated := len(e.Gates) > 0 && !o.AllowSeen
	if gated {
		for _, l := range looks {
			e.noteMemory(l.c)
		}
	}
	if gated {
		e.Gates = append(e.Gates, e.noSeenImages())
	}
	switch {
	case e.Split == dataset.Train:
		e.said().warn("measured on the train split, which heads are trained on")
	case !gated:
		for _, text := range e.seenTexts(Seen.text) {
			e.said().warn("scores are optimistic: %s", text)
		}
		for _, text := range e.unsureTexts() {
			e.said().warn("scores may be optimistic: %s", text)
		}
	}
}

// noteMemory says what a head cannot tell of what it was trained on.
func (e *Evaluation) noteMemory(c *Classifier) {
	name, meta := wording.Name(c.file()), c.head.Meta
	switch {
	case c.head.Remembered(string(dataset.Train)) == 0:
		e.said().warn("head %s does not say what it was trained on: gates cannot tell whether it has seen the images", name)
	case meta.PictureBound == 0 && (meta.NearBound == 0 || meta.Unknown == nil):
		e.said().warn("head %s was trained with --no-near-duplicates, or by an older version: gates cannot tell near-duplicates of its training images", name)
	}
}
