package headstart

import (
	"context"
	"math"
	"os"

	"github.com/digitalinnovationone/headstart/extractor/imageio"
	"github.com/digitalinnovationone/headstart/internal/ort"
)

// modelRunner runs a model on one picture at a time.
type modelRunner struct {
	session       *ort.Session
	runner        *ort.Runner
	preprocessing imageio.Preprocessing
}

func newModelRunner(model ort.Model, p imageio.Preprocessing) (*modelRunner, error) {
	if model.Data == nil {
		var err error
		if model.Data, err = os.ReadFile(model.Path); err != nil {
			return nil, err
		}
	}
	session, err := ort.Open(model, ort.Options{})
	if err != nil {
		return nil, err
	}
	runner, err := session.Runner(1)
	if err != nil {
		session.Close()
		return nil, err
	}
	return &modelRunner{session, runner, p}, nil
}

func (m *modelRunner) close() {
	m.runner.Close()
	m.session.Close()
}

// run normalises a picture and returns the output, which is valid until the next
// run.
func (m *modelRunner) run(ctx context.Context, levels picture) ([]float32, error) {
	p := m.preprocessing
	pixels := len(levels) / 3
	for channel := range 3 {
		for i, level := range levels[channel*pixels : (channel+1)*pixels] {
			at := channel*pixels + i
			if p.Layout == "NHWC" {
				at = 3*i + channel
			}
			if p.Type == "uint8" {
				m.runner.Bytes()[at] = uint8(math.RoundToEven(float64(level)))
			} else {
				m.runner.Floats()[at] = (level - p.Mean[channel]) / p.Std[channel]
			}
		}
	}
	err := m.runner.Run(ctx)
	return m.runner.Output(), err
}
