package headstart

import (
	"context"
	"math"
	"os"
	"slices"

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
	return runnerOf(session, p)
}

// runnerOf takes over the session.
func runnerOf(session *ort.Session, p imageio.Preprocessing) (*modelRunner, error) {
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

// runWhole gives the model a picture of any size, and returns the output, which
// belongs to the caller.
func (m *modelRunner) runWhole(ctx context.Context, p imageio.Pixels) ([]float32, error) {
	runner, err := m.session.RunnerOf([]int64{1, int64(p.Height), int64(p.Width), 3})
	if err != nil {
		return nil, err
	}
	defer runner.Close()
	copy(runner.Bytes(), p.Levels)
	err = runner.Run(ctx)
	return slices.Clone(runner.Output()), err
}

// run normalises a picture, levels of red, then of green, then of blue, and returns the output, which is valid until the next
// run.
func (m *modelRunner) run(ctx context.Context, levels []float32) ([]float32, error) {
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
