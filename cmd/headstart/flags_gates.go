package main

import (
	"github.com/digitalinnovationone/headstart"

	"github.com/urfave/cli/v2"
)

// gateOptions hold what a head must reach.
type gateOptions struct {
	minAccuracy  string
	minRecall    occurrences
	maxLogLoss   string
	maxECE       string
	notWorseThan string
}

func (o *gateOptions) flags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "min-accuracy", Usage: "gate: accuracy is `NUMBER` or more", Destination: &o.minAccuracy},
		&cli.GenericFlag{Name: "min-recall", Usage: "gate: a class's recall, `CLASS=NUMBER`, is that or more; may be repeated", Value: &o.minRecall},
		&cli.StringFlag{Name: "max-log-loss", Usage: "gate: log-loss is `NUMBER` or less", Destination: &o.maxLogLoss},
		&cli.StringFlag{Name: "max-ece", Usage: "gate: expected calibration error is `NUMBER` or less", Destination: &o.maxECE},
		&cli.StringFlag{Name: "not-worse-than", Usage: "gate: not significantly less accurate than `OTHER_HEAD` on the same images (McNemar's exact test, one-sided, at 0.05)", Destination: &o.notWorseThan},
	}
}

// gates reads the options that bound a score; classes are those of the head.
func (o *gateOptions) gates(classes []string) ([]headstart.Gate, error) { panic("provisional") }
