package main

import (
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/head/metrics"
	"github.com/digitalinnovationone/headstart/internal/wording"
)

// gateOptions hold what a head must reach.
type gateOptions struct {
	bounds       map[string]*occurrences // by name of the bound
	notWorseThan occurrences             // one at most
	on           string                  // what bounds are compared with
}

func (o *gateOptions) flags() []cli.Flag {
	o.bounds = map[string]*occurrences{}
	var flags []cli.Flag
	for _, b := range metrics.Bounds() {
		o.bounds[b.Name] = &occurrences{}
		usage := "gate: " + b.Metric + " is at most `NUMBER`"
		switch {
		case b.PerClass:
			usage = "gate: " + b.Metric + " of a class is at least `CLASS=NUMBER`; may be repeated"
		case b.Min:
			usage = "gate: " + b.Metric + " is at least `NUMBER`"
		}
		flags = append(flags, &cli.GenericFlag{Name: b.Name, Usage: usage, Value: o.bounds[b.Name]})
	}
	return append(flags,
		&cli.GenericFlag{Name: "not-worse-than", Usage: "gate: not significantly less accurate than `OTHER_HEAD` on the same images (McNemar's exact test, one-sided, at 0.05)", Value: &o.notWorseThan},
		&cli.StringFlag{Name: "gate-on", Usage: "gates of accuracy and recall compare `WHAT`: value, or lower for the lower bound of the 95 % interval", Value: metrics.OnValue, Destination: &o.on})
}

// otherHeadError says that the head of --not-worse-than cannot be used.
type otherHeadError struct{ error }

func (e *otherHeadError) Unwrap() error { return e.error }

// gates reads the options that bound a score; classes are those of the head.
func (o *gateOptions) gates(classes []string) ([]metrics.Gate, error) {
	if o.on != metrics.OnValue && o.on != metrics.OnLower {
		return nil, usagef("--gate-on %s: must be %s or %s", o.on, metrics.OnValue, metrics.OnLower)
	}
	if len(o.notWorseThan) > 1 {
		return nil, usagef("--not-worse-than is given more than once: %s", strings.Join(o.notWorseThan, ", "))
	}
	var gates []metrics.Gate
	useless := o.on == metrics.OnLower
	for _, b := range metrics.Bounds() {
		if given := *o.bounds[b.Name]; len(given) > 1 && !b.PerClass {
			return nil, usagef("--%s is given more than once: %s", b.Name, strings.Join(given, ", "))
		}
		for _, value := range *o.bounds[b.Name] {
			gate, err := metrics.ParseGate(b.Name, value)
			if err != nil {
				return nil, usagef("--%s %s: %v", b.Name, value, err)
			}
			if b.PerClass {
				class := dataset.FindClass(classes, gate.Class)
				if class < 0 {
					return nil, usagef("--%s %s: the head has no class %q, only %s", b.Name, value, gate.Class, wording.Quoted(classes))
				}
				gate.Class = classes[class]
			}
			if b.HasInterval {
				gate.On, useless = o.on, false
			}
			gates = append(gates, gate)
		}
	}
	if useless {
		return nil, usagef("--gate-on %s: needs --min-accuracy or --min-recall", o.on)
	}
	return gates, nil
}
