package ort

import (
	"errors"
	"fmt"

	onnxruntime "github.com/yalue/onnxruntime_go"
)

// Model is an ONNX model and the part of it to run: from one float32 or uint8
// input to one float32 output. The first dimension of both shapes is the batch,
// whose size each [Runner] chooses.
type Model struct {
	Path        string // names the model in errors
	Data        []byte // content of its file, with all weights
	Input       string
	InputShape  []int64
	Bytes       bool // the input is uint8
	Output      string
	OutputShape []int64
}

// Options say how a session runs. The zero value is one thread on the CPU.
type Options struct {
	Device  Device
	Threads int // used by each run on the CPU; 0 means 1
}

// Session is a loaded model. It is safe for concurrent use: each goroutine
// takes a [Runner] of its own.
type Session struct {
	model  Model
	device Device
	inner  *onnxruntime.DynamicAdvancedSession
}

// Open loads model, from model.Data and no file, and does not keep the data. It
// never falls back to another device: if the one asked for cannot run the whole
// model, that is an error. Errors wrap [ErrNoLibrary] or [ErrNoCUDA] where that
// is the reason.
func Open(model Model, options Options) (*Session, error) {
	if _, err := Load(options.Device); err != nil {
		return nil, err
	}
	s := &Session{model: model, device: options.Device}
	s.model.Data = nil
	err := keepingSignals(func() error {
		settings, err := options.settings()
		if err != nil {
			return err
		}
		defer settings.Destroy()
		s.inner, err = onnxruntime.NewDynamicAdvancedSessionWithONNXData(model.Data, []string{model.Input}, []string{model.Output}, settings)
		if err != nil {
			return fmt.Errorf("cannot load %s on %s: %w", model.Path, options.Device, libraryError(err))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// settings returns the options as the library takes them. The caller destroys
// them.
func (o Options) settings() (*onnxruntime.SessionOptions, error) {
	settings, err := onnxruntime.NewSessionOptions()
	if err != nil {
		return nil, fmt.Errorf("cannot set up ONNX Runtime: %w", err)
	}
	err = errors.Join(
		// Lower levels lack the fast blocked layout of convolutions.
		settings.SetGraphOptimizationLevel(onnxruntime.GraphOptimizationLevelEnableAll),
		settings.SetIntraOpNumThreads(max(o.Threads, 1)),
		// Waiting threads must not take the cores that decode images.
		settings.AddSessionConfigEntry("session.intra_op.allow_spinning", "0"),
	)
	if o.Device.CUDA && err == nil {
		// Without this, operators that the GPU lacks would silently run on the CPU.
		err = settings.AddSessionConfigEntry("session.disable_cpu_ep_fallback", "1")
	}
	if err != nil {
		err = fmt.Errorf("cannot set up ONNX Runtime: %w", err)
	} else if o.Device.CUDA {
		err = appendCUDA(settings, o.Device.Index)
	}
	if err != nil {
		settings.Destroy()
		return nil, err
	}
	return settings, nil
}

// Close frees the model. Runners may be closed later, but must not run any more.
func (s *Session) Close() error { return s.inner.Destroy() }
