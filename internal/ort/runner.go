package ort

import (
	"context"
	"fmt"
	"slices"

	onnxruntime "github.com/yalue/onnxruntime_go"
)

// Runner runs a session's model for one goroutine, with tensors of its own.
// [Session.Runner] makes one.
type Runner struct {
	session *Session
	options *onnxruntime.RunOptions
	input   onnxruntime.Value
	floats  []float32 // the input's memory, or
	bytes   []uint8
	output  *onnxruntime.Tensor[float32]
}

// Runner returns a runner for batches of the given size.
func (s *Session) Runner(batch int) (*Runner, error) {
	return s.RunnerOf(withBatch(s.model.InputShape, batch))
}

// RunnerOf returns a runner for inputs of a shape: that of a model which takes
// others than its Model.InputShape too. The first dimension is the batch.
func (s *Session) RunnerOf(shape []int64) (*Runner, error) {
	r := &Runner{session: s}
	var err error
	if s.model.Bytes {
		r.input, r.bytes, err = newInput[uint8](shape)
	} else {
		r.input, r.floats, err = newInput[float32](shape)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot make an input of shape %v: %w", shape, err)
	}
	batch := int(shape[0])
	r.output, err = onnxruntime.NewEmptyTensor[float32](withBatch(s.model.OutputShape, batch))
	if err != nil {
		r.input.Destroy()
		return nil, fmt.Errorf("cannot make an output of shape %v: %w", s.model.OutputShape, err)
	}
	if r.options, err = onnxruntime.NewRunOptions(); err != nil {
		r.input.Destroy()
		r.output.Destroy()
		return nil, fmt.Errorf("cannot set up ONNX Runtime: %w", err)
	}
	return r, nil
}

func newInput[T float32 | uint8](shape []int64) (onnxruntime.Value, []T, error) {
	tensor, err := onnxruntime.NewEmptyTensor[T](onnxruntime.NewShape(shape...))
	if err != nil {
		return nil, nil, err
	}
	return tensor, tensor.GetData(), nil
}

func withBatch(shape []int64, batch int) onnxruntime.Shape {
	shape = slices.Clone(shape)
	shape[0] = int64(batch)
	return onnxruntime.NewShape(shape...)
}

// Floats returns the input that the next Run reads, or nil if the model takes
// uint8. The memory belongs to the runner.
func (r *Runner) Floats() []float32 { return r.floats }

// Bytes returns the input that the next Run reads, or nil if the model takes
// float32. The memory belongs to the runner.
func (r *Runner) Bytes() []uint8 { return r.bytes }

// Output returns what the last Run has computed. The memory belongs to the runner
// and is overwritten by the next Run.
func (r *Runner) Output() []float32 { return r.output.GetData() }

// Run computes Output from the input. Runners of one session may run at the
// same time. When ctx is done Run stops the computation before its next operator
// and returns ctx's cause; the tensors are not in use any more when it returns.
func (r *Runner) Run(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	run := func() error {
		return r.session.inner.RunWithOptions([]onnxruntime.Value{r.input}, []onnxruntime.Value{r.output}, r.options)
	}
	terminated := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		r.options.Terminate()
		close(terminated)
	})
	var err error
	if r.session.device.CUDA { // the first run loads more of its libraries
		err = keepingSignals(run)
	} else {
		err = run()
	}
	if !stop() {
		<-terminated
		r.options.UnsetTerminate() // for the next Run
		if err != nil {
			return context.Cause(ctx)
		}
	}
	if err != nil {
		return fmt.Errorf("cannot run %s: %w", r.session.model.Path, libraryError(err))
	}
	return nil
}

// Close frees the tensors, and with them the memory of Floats, Bytes and Output.
func (r *Runner) Close() {
	r.input.Destroy()
	r.output.Destroy()
	r.options.Destroy()
}
