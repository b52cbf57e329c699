// Package onnxgraph reads, builds and writes ONNX models.
//
// It works on the messages of package onnxpb, so that what it does not know of
// a model is kept as it was.
package onnxgraph

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph/internal/onnxpb"
)

// Errors that say what is wrong with a file.
var (
	ErrNotONNX  = errors.New("not an ONNX file, or a damaged one")
	ErrCutShort = errors.New("the file is cut short")
	ErrTooLarge = errors.New("larger than the 2 GiB that an ONNX file can have")
)

const maxSize = 1<<31 - 1 // of a protobuf message, in bytes

// A Model is an ONNX model. It has a graph and a version.
type Model struct {
	pb *onnxpb.ModelProto
}

// Load reads the model in a file, without the external data files it may point
// to. Errors are of type *fs.PathError and hold one of this package's or of the
// file system's.
func Load(path string) (*Model, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // a pipe would wait for ever
		return nil, &fs.PathError{Op: "read", Path: path, Err: errors.New("not a regular file")}
	}
	if info.Size() > maxSize {
		return nil, &fs.PathError{Op: "read", Path: path, Err: ErrTooLarge}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	m, err := Parse(data)
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: path, Err: err}
	}
	return m, nil
}

// Parse reads the content of an ONNX file. It returns ErrNotONNX or
// ErrCutShort for anything else.
func Parse(data []byte) (*Model, error) {
	if err := checkFields(data); err != nil {
		return nil, err
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

// checkFields walks over the outermost fields, to tell a file that is cut short
// from one that never was ONNX: an error of proto.Unmarshal does not say.
func checkFields(data []byte) error {
	if len(data) == 0 {
		return ErrCutShort
	}
	if number, _, n := protowire.ConsumeTag(data); n < 0 || !isModelField(number) {
		return ErrNotONNX
	}
	for len(data) > 0 {
		_, _, n := protowire.ConsumeField(data)
		switch {
		case n >= 0:
			data = data[n:]
		case errors.Is(protowire.ParseError(n), io.ErrUnexpectedEOF):
			return ErrCutShort
		default:
			return ErrNotONNX
		}
	}
	return nil
}

func isModelField(number protowire.Number) bool {
	return new(onnxpb.ModelProto).ProtoReflect().Descriptor().Fields().ByNumber(number) != nil
}

// Marshal returns the content of the model's file, the same bytes for the same
// model.
func (m *Model) Marshal() ([]byte, error) {
	return proto.MarshalOptions{Deterministic: true}.Marshal(m.pb)
}
