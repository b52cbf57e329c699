// Package onnxgraph reads, builds, edits and writes ONNX models. A [Model] comes
// from [Load], [LoadWhole], [Parse] or [New]; Marshal returns its file's content.
//
// It edits the messages of the file format in place, so that parts of a model
// that it does not know are kept.
package onnxgraph

import (
	"bytes"
	"errors"
	"io/fs"

	"google.golang.org/protobuf/proto"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph/internal/onnxpb"
)

// Errors that say what is wrong with a file.
var (
	ErrNotONNX    = errors.New("not an ONNX file, or a damaged one")
	ErrCutShort   = errors.New("the file is cut short")
	ErrPointer    = errors.New("a Git LFS pointer, not the file itself: fetch the file, such as with git lfs pull")
	ErrTooLarge   = errors.New("larger than the 2 GiB that an ONNX file can have")
	ErrTooComplex = errors.New("it has too many parts for its size, or parts nested too deep")
)

const maxSize = 1<<31 - 1 // of a protobuf message, in bytes

// A Model is an ONNX model. It is not safe for concurrent use.
type Model struct {
	pb *onnxpb.ModelProto // with a graph and an opset
}

// Load reads the model in a file, without the external data files it may point
// to. Errors are of type *fs.PathError and wrap one of this package's or of the
// file system's.
func Load(path string) (*Model, error) {
	data, err := ReadFile(path)
	if err != nil {
		return nil, err
	}
	m, err := Parse(data)
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: path, Err: err}
	}
	return m, nil
}

// Parse reads the content of an ONNX file, which the model does not keep. It
// returns ErrNotONNX or ErrCutShort for anything else, and ErrTooComplex for a
// model that would take far more memory than its file.
func Parse(data []byte) (*Model, error) {
	if err := checkFields(bytes.NewReader(data), int64(len(data))); err != nil {
		return nil, err
	}
	room := roomFor(len(data))
	if weigh(data, modelDescriptor, &room, 1); room < 0 {
		return nil, ErrTooComplex
	}
	m := new(onnxpb.ModelProto)
	if err := proto.Unmarshal(data, m); err != nil || m.GetIrVersion() < 1 {
		return nil, ErrNotONNX
	}
	if m.Graph == nil || len(m.OpsetImport) == 0 {
		return nil, ErrCutShort
	}
	return &Model{m}, nil
}

// Marshal returns the content of the model's file. The same model gives the same
// bytes.
func (m *Model) Marshal() ([]byte, error) {
	return proto.MarshalOptions{Deterministic: true}.Marshal(m.pb)
}
