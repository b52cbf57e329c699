package ort

import (
	"fmt"

	onnxruntime "github.com/yalue/onnxruntime_go"
)

// Model says which part of an ONNX file a session runs: one input of float32
// or uint8, one float32 output. The first dimension of both shapes is the
// batch and is chosen by each [Runner].
type Model struct {
	Path        string
	Input       string
	InputShape  []int64
	Bytes       bool // the input is uint8
	Output      string
	OutputShape []int64
}

// Options say how a session runs. The zero value is one thread on the CPU.
type Options struct {
	Device  Device
	Threads int // inside operators, of each run on the CPU; 0 means 1
}

// Session is a loaded model. It is safe for concurrent use: each goroutine
// takes a [Runner] of its own.
type Session struct {
	model  Model
	device Device
	inner  *onnxruntime.DynamicAdvancedSession
}

// Open loads model. It never falls back to another device than the one asked
// for: where that cannot run the whole model there is an error, which wraps
// [ErrNoLibrary] or [ErrNoCUDA] if that is why.
func Open(model Model, options Options) (*Session, error) {
	if _, err := Load(options.Device); err != nil {
		return nil, err
	}
	s := &Session{model: model, device: options.Device}
	err := keepingSignals(func() error {
		settings, err := options.settings()
		if err != nil {
			return err
		}
		defer settings.Destroy()
		s.inner, err = onnxruntime.NewDynamicAdvancedSession(model.Path, []string{model.Input}, []string{model.Output}, settings)
		if err != nil {
			return fmt.Errorf("cannot load %s on %s: %w", model.Path, options.Device, err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// settings are the options in the words of the library. The caller destroys
// them.
func (o Options) settings() (*onnxruntime.SessionOptions, error) {
	settings, err := onnxruntime.NewSessionOptions()
	if err != nil {
		return nil, fmt.Errorf("cannot set up ONNX Runtime: %w", err)
	}
	for _, set := range []func() error{
		// Below EnableAll the fast blocked layout of convolutions is missing.
		func() error {
			return settings.SetGraphOptimizationLevel(onnxruntime.GraphOptimizationLevelEnableAll)
		},
		func() error { return settings.SetIntraOpNumThreads(max(o.Threads, 1)) },
		// Waiting threads must not take the cores that decode images.
		func() error { return settings.AddSessionConfigEntry("session.intra_op.allow_spinning", "0") },
	} {
		if err := set(); err != nil {
			settings.Destroy()
			return nil, fmt.Errorf("cannot set up ONNX Runtime: %w", err)
		}
	}
	if o.Device.CUDA {
		if err := o.useCUDA(settings); err != nil {
			settings.Destroy()
			return nil, err
		}
	}
	return settings, nil
}

func (o Options) useCUDA(settings *onnxruntime.SessionOptions) error {
	// Without this, what the GPU cannot do would run on the CPU unnoticed.
	if err := settings.AddSessionConfigEntry("session.disable_cpu_ep_fallback", "1"); err != nil {
		return fmt.Errorf("cannot set up ONNX Runtime: %w", err)
	}
	return appendCUDA(settings, o.Device.Index)
}

// Close frees the model. Runners may be closed later, but must not run.
func (s *Session) Close() error { return s.inner.Destroy() }
