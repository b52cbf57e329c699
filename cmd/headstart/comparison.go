package main

import (
	"context"
	"fmt"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor"
	"github.com/digitalinnovationone/headstart/extractor/backbone"
	"github.com/digitalinnovationone/headstart/head"
	"github.com/digitalinnovationone/headstart/head/metrics"
)

// significance is the p-value below which --not-worse-than is not met.
const significance = 0.05

// otherHead is the head of --not-worse-than, ready to be asked. A nil one is
// none.
type otherHead struct {
	path      string
	head      *head.Head
	extractor *extractor.Extractor
	shared    bool // extractor is that of the head which is measured
}

// openOther reads the head of --not-worse-than. It takes x where both heads
// have the same backbone, else an extractor of its own. The caller closes it.
func (o *evaluateOptions) openOther(x *extractor.Extractor) (*otherHead, error) {
	if o.notWorseThan == "" {
		return nil, nil
	}
	h, err := head.Read(o.notWorseThan)
	if err != nil {
		return nil, &headError{err}
	}
	if h.Meta.SpecHash == x.Spec().Hash() {
		return &otherHead{o.notWorseThan, h, x, true}, nil
	}
	own := o.extraction
	own.backbone = backbone.Auto // --backbone is that of the head which is measured
	h, x, err = own.openHead(o.notWorseThan)
	if err != nil {
		// Not wrapped: its hints speak of --backbone, which is no way on here.
		return nil, fmt.Errorf("cannot compare with %s: %v", o.notWorseThan, err)
	}
	return &otherHead{o.notWorseThan, h, x, false}, nil
}

// Close frees what the head has for itself.
func (o *otherHead) Close() error {
	if o == nil || o.shared {
		return nil
	}
	return o.extractor.Close()
}

// checkLabels refuses samples of classes that the head does not know.
func (o *otherHead) checkLabels(samples []dataset.Sample) error {
	if o == nil {
		return nil
	}
	if err := checkLabels(samples, o.head.Meta.Classes); err != nil {
		return fmt.Errorf("cannot compare with %s: %w", o.path, err)
	}
	return nil
}

// comparison says how a head does beside another on the same images.
type comparison struct {
	Other     string  `json:"other"`
	OnlyThis  int     `json:"only_this"`  // images that only the head measured gets right
	OnlyOther int     `json:"only_other"` // images that only the other gets right
	P         float64 `json:"p"`          // see metrics.McNemar; low where the head measured is worse
}

// compare asks the other head about the images too, and extracts what it needs
// for that. Without another head there is nothing to compare.
func (o *otherHead) compare(ctx context.Context, t *terminal, done *extracted, p *predictions) (*comparison, error) {
	if o == nil {
		return nil, nil
	}
	if !o.shared {
		readable := len(done.samples)
		var err error
		if done, err = collect(ctx, t, o.extractor, done.samples); err != nil {
			return nil, err
		}
		if len(done.samples) < readable {
			return nil, fmt.Errorf("cannot compare with %s: its backbone reads only %d of the %d images", o.path, len(done.samples), readable)
		}
	}
	other, err := predict(ctx, o.extractor, o.head, done)
	if err != nil {
		return nil, fmt.Errorf("cannot compare with %s: %w", o.path, err)
	}
	c := comparison{Other: o.path}
	for i := range p.samples {
		switch this, that := p.right(i), other.right(i); {
		case this && !that:
			c.OnlyThis++
		case that && !this:
			c.OnlyOther++
		}
	}
	c.P = metrics.McNemar(c.OnlyThis, c.OnlyOther)
	return &c, nil
}

func (c *comparison) counts() string {
	return fmt.Sprintf("%s only here, %d only there", count(c.OnlyThis, "image is right", "images are right"), c.OnlyOther)
}

func (c *comparison) gate() gateResult {
	result := gateResult{Gate: "--not-worse-than " + c.Other, Value: &c.P, Bound: significance, Met: c.P >= significance}
	if !result.Met {
		result.Reason = fmt.Sprintf("%s: %s: p is %.3g, below %g", printable(result.Gate), c.counts(), c.P, significance)
	}
	return result
}
