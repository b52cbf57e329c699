package ort

import (
	"fmt"
	"slices"

	onnxruntime "github.com/yalue/onnxruntime_go"
)

// Model says which part of an ONNX file a session runs: one float32 input,
// one float32 output. The first dimension of both shapes is the batch and is
// chosen by each [Runner].
type Model struct {
	Path        string
	Input       string
	InputShape  []int64
	Output      string
	OutputShape []int64
}

// Session is a loaded model. It is safe for concurrent use: each goroutine
// takes a [Runner] of its own.
type Session struct {
	model Model
	inner *onnxruntime.DynamicAdvancedSession
}

// Open loads model on the CPU. Each run uses threads threads inside its
// operators; with one worker per core, one thread each is fastest.
func Open(model Model, threads int) (*Session, error) {
	if _, err := Load(); err != nil {
		return nil, err
	}
	options, err := cpuOptions(threads)
	if err != nil {
		return nil, fmt.Errorf("cannot set up ONNX Runtime: %w", err)
	}
	defer options.Destroy()
	inner, err := onnxruntime.NewDynamicAdvancedSession(model.Path, []string{model.Input}, []string{model.Output}, options)
	if err != nil {
		return nil, fmt.Errorf("cannot load %s: %w", model.Path, err)
	}
	return &Session{model: model, inner: inner}, nil
}

// cpuOptions are the settings of a session on the CPU. The caller destroys
// them.
func cpuOptions(threads int) (*onnxruntime.SessionOptions, error) {
	options, err := onnxruntime.NewSessionOptions()
	if err != nil {
		return nil, err
	}
	for _, set := range []func() error{
		// Below EnableAll the fast blocked layout of convolutions is missing.
		func() error { return options.SetGraphOptimizationLevel(onnxruntime.GraphOptimizationLevelEnableAll) },
		func() error { return options.SetIntraOpNumThreads(threads) },
		// Waiting threads must not take the cores that decode images.
		func() error { return options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0") },
	} {
		if err := set(); err != nil {
			options.Destroy()
			return nil, err
		}
	}
	return options, nil
}

// Close frees the model. Runners must be closed before.
func (s *Session) Close() error { return s.inner.Destroy() }

// Runner holds the tensors of one caller. Its zero value is of no use; take
// one from [Session.Runner].
type Runner struct {
	session *Session
	input   *onnxruntime.Tensor[float32]
	output  *onnxruntime.Tensor[float32]
}

// Runner returns a runner for batches of the given size.
func (s *Session) Runner(batch int) (*Runner, error) {
	input, err := onnxruntime.NewEmptyTensor[float32](withBatch(s.model.InputShape, batch))
	if err != nil {
		return nil, fmt.Errorf("cannot make an input of shape %v: %w", s.model.InputShape, err)
	}
	output, err := onnxruntime.NewEmptyTensor[float32](withBatch(s.model.OutputShape, batch))
	if err != nil {
		input.Destroy()
		return nil, fmt.Errorf("cannot make an output of shape %v: %w", s.model.OutputShape, err)
	}
	return &Runner{session: s, input: input, output: output}, nil
}

func withBatch(shape []int64, batch int) onnxruntime.Shape {
	shape = slices.Clone(shape)
	shape[0] = int64(batch)
	return onnxruntime.NewShape(shape...)
}

// Input is the memory the next Run reads; Output the memory the last Run
// wrote. Both belong to the runner.
func (r *Runner) Input() []float32  { return r.input.GetData() }
func (r *Runner) Output() []float32 { return r.output.GetData() }

// Run computes Output from Input. Runners of one session may run at the same
// time.
func (r *Runner) Run() error {
	err := r.session.inner.Run([]onnxruntime.Value{r.input}, []onnxruntime.Value{r.output})
	if err != nil {
		return fmt.Errorf("cannot run %s: %w", r.session.model.Path, err)
	}
	return nil
}

// Close frees the tensors; Input and Output are invalid from then on.
func (r *Runner) Close() { r.input.Destroy(); r.output.Destroy() }
