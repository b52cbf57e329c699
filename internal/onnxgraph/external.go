package onnxgraph

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"google.golang.org/protobuf/proto"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph/internal/onnxpb"
)

// LoadWhole is Load for a model whose weights may be in other files: it reads
// them into the model. These files must be in the model's folder or below it,
// and everything together must fit in one ONNX file.
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
	room := maxSize - int64(proto.Size(m.pb))
	for _, t := range m.tensors() {
		if t.GetDataLocation() != onnxpb.TensorProto_EXTERNAL {
			continue
		}
		if err := readExternal(t, folder, &room); err != nil {
			return nil, fmt.Errorf("cannot read tensor %s of %s: %w", t.GetName(), path, err)
		}
	}
	return m, nil
}

// readExternal reads a tensor's external values if they take at most room bytes.
func readExternal(t *onnxpb.TensorProto, folder *os.Root, room *int64) error {
	place, err := placeOf(t)
	if err != nil {
		return err
	}
	info, err := folder.Stat(place.file)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() { // reading a pipe could block forever
		return &fs.PathError{Op: "read", Path: place.file, Err: errors.New("not a regular file")}
	}
	f, err := folder.Open(place.file)
	if err != nil {
		return err
	}
	defer f.Close()
	switch {
	case isPointer(f):
		return fmt.Errorf("%s is %w", place.file, ErrPointer)
	case place.offset > info.Size() || place.length > info.Size()-place.offset:
		return fmt.Errorf("%s is cut short: it has %d bytes, not %d", place.file, info.Size(), place.offset+place.length)
	case place.length > *room:
		return ErrTooLarge
	}
	*room -= place.length
	raw := make([]byte, place.length)
	if _, err := io.ReadFull(io.NewSectionReader(f, place.offset, place.length), raw); err != nil {
		return fmt.Errorf("%s: %w", place.file, err)
	}
	t.RawData, t.ExternalData, t.DataLocation = raw, nil, nil
	return nil
}

// place is where a tensor's values are.
type place struct {
	file           string
	offset, length int64
}

// placeOf reads the place from the tensor's entries. The length follows from the
// shape; an entry for it must agree.
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
				return p, fmt.Errorf("its length is %d bytes, but its shape %v needs %d", number, t.Dims, p.length)
			}
		}
	}
	if p.file == "" {
		return p, errors.New("no file is named for its values")
	}
	return p, nil
}
