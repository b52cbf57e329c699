package onnxgraph

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph/internal/onnxpb"
)

// CheckWhole tells from the lengths of its outermost fields alone, and so without
// reading most of it, whether a file can be a complete ONNX file. Its errors are
// those of Load.
func CheckWhole(path string) error {
	file, size, err := open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := checkFields(file, size); err != nil {
		return &fs.PathError{Op: "read", Path: path, Err: err}
	}
	return nil
}

// ReadFile returns the content of a file that is not larger than an ONNX file can
// be. Its errors are of type *fs.PathError.
func ReadFile(path string) ([]byte, error) {
	file, size, err := open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data := make([]byte, size)
	n, err := io.ReadFull(file, data)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) { // Parse notices what is missing
		return nil, &fs.PathError{Op: "read", Path: path, Err: err}
	}
	return data[:n], nil
}

// open opens a regular file, since a pipe could block forever.
func open(path string) (file *os.File, size int64, err error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, 0, err
	case !info.Mode().IsRegular():
		return nil, 0, &fs.PathError{Op: "read", Path: path, Err: errors.New("not a regular file")}
	case info.Size() > maxSize:
		return nil, 0, &fs.PathError{Op: "read", Path: path, Err: ErrTooLarge}
	}
	file, err = os.Open(path)
	return file, info.Size(), err
}

// checkFields walks over the outermost fields, to tell a file that is cut short
// from one that never was ONNX: an error of proto.Unmarshal does not say.
func checkFields(file io.ReaderAt, size int64) error {
	if size == 0 {
		return ErrCutShort
	}
	var window []byte
	var start int64        // of the window in the file
	const longest = 2 * 10 // bytes of a tag and a length
	for at := int64(0); at < size; {
		if at+longest > start+int64(len(window)) {
			buffer := make([]byte, min(4096, size-at))
			if _, err := file.ReadAt(buffer, at); err != nil && !errors.Is(err, io.EOF) {
				return err
			}
			window, start = buffer, at
		}
		head := window[at-start:]
		number, kind, n := protowire.ConsumeTag(head)
		if n < 0 && at > 0 && errors.Is(protowire.ParseError(n), io.ErrUnexpectedEOF) {
			return ErrCutShort
		}
		if n < 0 || at == 0 && modelField(number) == nil {
			return ErrNotONNX
		}
		value := protowire.ConsumeFieldValue(number, kind, head[n:])
		if kind == protowire.BytesType {
			length, m := protowire.ConsumeVarint(head[n:])
			if value = m; m >= 0 && length > maxSize {
				return ErrCutShort
			} else if m >= 0 {
				at += int64(length)
			}
		}
		switch {
		case value >= 0:
			at += int64(n + value)
		case errors.Is(protowire.ParseError(value), io.ErrUnexpectedEOF):
			return ErrCutShort
		default:
			return ErrNotONNX
		}
		if at > size {
			return ErrCutShort
		}
	}
	return nil
}

var modelDescriptor = new(onnxpb.ModelProto).ProtoReflect().Descriptor()

func modelField(number protowire.Number) protoreflect.FieldDescriptor {
	return modelDescriptor.Fields().ByNumber(number)
}

// Bounds on what Parse takes. An empty message needs two bytes in a file and
// hundreds in memory; ONNX Runtime reads messages that are nested as deep.
const (
	maxMessages = 1 << 21
	maxDepth    = 100
)

// countMessages takes the messages in an encoded one from left, which falls below
// 0 if there are too many or they are nested too deep.
func countMessages(data []byte, d protoreflect.MessageDescriptor, left *int, depth int) {
	if depth > maxDepth {
		*left = -1
	}
	for len(data) > 0 && *left >= 0 {
		number, kind, n := protowire.ConsumeTag(data)
		if n < 0 {
			return // proto.Unmarshal says so
		}
		value := protowire.ConsumeFieldValue(number, kind, data[n:])
		if value < 0 {
			return
		}
		if field := d.Fields().ByNumber(number); kind == protowire.BytesType && field != nil && field.Message() != nil {
			*left--
			content, _ := protowire.ConsumeBytes(data[n:])
			countMessages(content, field.Message(), left, depth+1)
		}
		data = data[n+value:]
	}
}
