package onnxgraph

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strconv"

	"google.golang.org/protobuf/proto"

	"github.com/digitalinnovationone/headstart/internal/onnxpb"
)

// LoadWhole is Load for a model whose weights may lie in files of their own:
// it takes them into the model. These files must be in the model's folder or
// below it, and all together must fit in one ONNX file.
func LoadWhole(path string) (*Model, error) {
	m, err := Load(path)
	if err != nil {
		return nil, err
	}
	folder, err := os.OpenRoot(filepath.Dir(path)) // no location leads out of a Root
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	room := maxSize - int64(proto.Size(m.Proto))
	for t := range tensors(m.Proto.Graph) {
		if t.GetDataLocation() != onnxpb.TensorProto_EXTERNAL {
			continue
		}
		if err := takeIn(t, folder, &room); err != nil {
			return nil, fmt.Errorf("cannot read tensor %s of %s: %w", t.GetName(), path, err)
		}
	}
	return m, nil
}

// takeIn reads a tensor's external values, if there is room for so many bytes.
func takeIn(t *onnxpb.TensorProto, folder *os.Root, room *int64) error {
	place, err := placeOf(t)
	if err != nil {
		return err
	}
	info, err := folder.Stat(place.file)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() { // a pipe would wait for ever
		return &fs.PathError{Op: "read", Path: place.file, Err: errors.New("not a regular file")}
	}
	switch {
	case place.offset > info.Size() || place.length > info.Size()-place.offset:
		return fmt.Errorf("%s is cut short: it has %d bytes, not %d", place.file, info.Size(), place.offset+place.length)
	case place.length > *room:
		return ErrTooLarge
	}
	*room -= place.length
	f, err := folder.Open(place.file)
	if err != nil {
		return err
	}
	defer f.Close()
	raw := make([]byte, place.length)
	if _, err := io.ReadFull(io.NewSectionReader(f, place.offset, place.length), raw); err != nil {
		return fmt.Errorf("%s: %w", place.file, err)
	}
	t.RawData, t.ExternalData, t.DataLocation = raw, nil, nil
	return nil
}

// place is where a tensor's values lie.
type place struct {
	file           string
	offset, length int64
}

// placeOf reads the place from the tensor's entries. The length is the one that
// the shape asks for, and the entry, where there is one, must say the same.
func placeOf(t *onnxpb.TensorProto) (place, error) {
	var p place
	n, ok := size(t.Dims)
	each := bytesPer[onnxpb.TensorProto_DataType(t.GetDataType())]
	if !ok || each == 0 || n > maxSize/each {
		return p, fmt.Errorf("%w: shape %v of %v", ErrTooLarge, t.Dims, onnxpb.TensorProto_DataType(t.GetDataType()))
	}
	p.length = n * each
	for _, entry := range t.ExternalData {
		switch key, value := entry.GetKey(), entry.GetValue(); key {
		case "location":
			p.file = filepath.FromSlash(value)
		case "offset", "length":
			number, err := strconv.ParseInt(value, 10, 64)
			if err != nil || number < 0 {
				return p, fmt.Errorf("its %s is %q", key, value)
			}
			if key == "offset" {
				p.offset = number
			} else if number != p.length {
				return p, fmt.Errorf("its length is %d bytes; its shape %v takes %d", number, t.Dims, p.length)
			}
		}
	}
	if p.file == "" {
		return p, errors.New("it names no file for its values")
	}
	return p, nil
}

// tensors returns every constant tensor in a graph and its subgraphs.
func tensors(g *onnxpb.GraphProto) iter.Seq[*onnxpb.TensorProto] {
	return func(yield func(*onnxpb.TensorProto) bool) { yieldTensors(g, yield) }
}

func yieldTensors(g *onnxpb.GraphProto, yield func(*onnxpb.TensorProto) bool) bool {
	for _, t := range g.Initializer {
		if !yield(t) {
			return false
		}
	}
	for _, node := range g.Node {
		for _, a := range node.Attribute {
			if a.T != nil && !yield(a.T) {
				return false
			}
		}
		for inner := range subgraphs(node) {
			if !yieldTensors(inner, yield) {
				return false
			}
		}
	}
	return true
}
