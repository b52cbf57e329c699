package ort

import (
	"fmt"
	"slices"

	onnxruntime "github.com/yalue/onnxruntime_go"
)

// Runner holds the tensors of one caller. Its zero value is of no use; take
// one from [Session.Runner].
type Runner struct {
	session *Session
	floats  *onnxruntime.Tensor[float32] // the input, or
	bytes   *onnxruntime.Tensor[uint8]
	output  *onnxruntime.Tensor[float32]
}

// Runner returns a runner for batches of the given size.
func (s *Session) Runner(batch int) (*Runner, error) {
	r := &Runner{session: s}
	var err error
	if s.model.Bytes {
		r.bytes, err = onnxruntime.NewEmptyTensor[uint8](withBatch(s.model.InputShape, batch))
	} else {
		r.floats, err = onnxruntime.NewEmptyTensor[float32](withBatch(s.model.InputShape, batch))
	}
	if err != nil {
		return nil, fmt.Errorf("cannot make an input of shape %v: %w", s.model.InputShape, err)
	}
	r.output, err = onnxruntime.NewEmptyTensor[float32](withBatch(s.model.OutputShape, batch))
	if err != nil {
		r.input().Destroy()
		return nil, fmt.Errorf("cannot make an output of shape %v: %w", s.model.OutputShape, err)
	}
	return r, nil
}

func withBatch(shape []int64, batch int) onnxruntime.Shape {
	shape = slices.Clone(shape)
	shape[0] = int64(batch)
	return onnxruntime.NewShape(shape...)
}

func (r *Runner) input() onnxruntime.Value {
	if r.bytes != nil {
		return r.bytes
	}
	return r.floats
}

// Floats and Bytes are the memory the next Run reads, the one for a model with
// a float32 input and the other for one of uint8; the other is nil. Output is
// the memory the last Run wrote. All belong to the runner.
func (r *Runner) Floats() []float32 {
	if r.floats == nil {
		return nil
	}
	return r.floats.GetData()
}

// Bytes is described with Floats.
func (r *Runner) Bytes() []uint8 {
	if r.bytes == nil {
		return nil
	}
	return r.bytes.GetData()
}

// Output is described with Floats.
func (r *Runner) Output() []float32 { return r.output.GetData() }

// Run computes Output from the input. Runners of one session may run at the
// same time.
func (r *Runner) Run() error {
	run := func() error {
		return r.session.inner.Run([]onnxruntime.Value{r.input()}, []onnxruntime.Value{r.output})
	}
	var err error
	if r.session.device.CUDA { // which loads more of its libraries in the first run
		err = keepingSignals(run)
	} else {
		err = run()
	}
	if err != nil {
		return fmt.Errorf("cannot run %s: %w", r.session.model.Path, err)
	}
	return nil
}

// Close frees the tensors; the memory they handed out is invalid from then on.
func (r *Runner) Close() { r.input().Destroy(); r.output.Destroy() }
