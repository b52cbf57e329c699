package headstart

import (
	"context"
	"fmt"

	"github.com/digitalinnovationone/headstart/head"
)

// Comparison says how a head does beside another one on the same images.
type Comparison struct {
	Other     string  `json:"other"`
	OnlyThis  int     `json:"only_this"`  // images that only the head measured gets right
	OnlyOther int     `json:"only_other"` // images that only the other head gets right
	P         float64 `json:"p"`          // see head.McNemar; low where the head measured is worse
}

// significance is the p-value below which a head is worse than another.
const significance = 0.05

// compare asks c about images that another head was measured on, whose answers
// are p.
func (c *Classifier) compare(ctx context.Context, found *Embeddings, p *labelledPredictions) (*Comparison, error) {
	x, err := c.extractor()
	if err != nil {
		return nil, err
	}
	if x != found.x {
		readable := len(found.Samples)
		if found, err = c.engine.extract(ctx, x, found.Samples); err != nil {
			return nil, err
		}
		if len(found.Samples) < readable {
			return nil, fmt.Errorf("its backbone reads only %d of the %d images", len(found.Samples), readable)
		}
	}
	own, _, err := c.measure(ctx, found)
	if err != nil {
		return nil, err
	}
	result := Comparison{Other: c.file}
	for i := range p.samples {
		switch this, that := p.right(i), own.right(i); {
		case this && !that:
			result.OnlyThis++
		case that && !this:
			result.OnlyOther++
		}
	}
	result.P = head.McNemar(result.OnlyThis, result.OnlyOther)
	return &result, nil
}

// String returns the comparison in one line.
func (c *Comparison) String() string {
	return fmt.Sprintf("correct only with this head: %d; only with %s: %d; McNemar p = %.3g", c.OnlyThis, shown(c.Other), c.OnlyOther, c.P)
}
