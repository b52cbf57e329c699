package head

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/digitalinnovationone/headstart/internal/atomicfile"
	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
)

// Format is the version of the head files that this package writes, and the
// newest that it reads.
const Format = 2

// ErrNotHead says that an ONNX file is of something else than a head.
var ErrNotHead = errors.New("an ONNX file, but not a head")

// metaKey is the entry of the file's metadata that holds Meta.
const metaKey = "headstart.head"

// Write writes the head file at path, whole or not at all: an ONNX model that
// takes "embedding", float32 [N, Dim], and gives "probabilities", float32
// [N, classes], and where Meta.Unknown is set "unknown", float32 [N], the
// UnknownScore; with Meta as JSON in the metadata entry "headstart.head". The
// same head gives the same bytes.
func (h *Head) Write(path string) error {
	data, err := h.Marshal()
	if err == nil {
		err = atomicfile.Write(path, 0o644, func(w io.Writer) error {
			_, err := w.Write(data)
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("cannot write head %s: %w", path, reason(err))
	}
	return nil
}

// Read reads a head file of this or an older format. What is wrong with the
// file is in the error, which is ErrNotHead for an ONNX file that never was a
// head. Numbers that are not those that were written are an error.
func Read(path string) (*Head, error) {
	m, err := onnxgraph.Load(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read head %s: %w", path, reason(err))
	}
	h, err := fromModel(m)
	if err != nil {
		return nil, fmt.Errorf("cannot read head %s: %w", path, err)
	}
	return h, nil
}

// reason is what an error says besides the file's name.
func reason(err error) error {
	if named, ok := errors.AsType[*fs.PathError](err); ok {
		return named.Err
	}
	return err
}

// Marshal returns the content of the head file that Write writes.
func (h *Head) Marshal() ([]byte, error) {
	meta := h.Meta
	meta.Format, meta.Digest = Format, h.digest()
	text, err := json.Marshal(meta)
	if err != nil {
		return nil, err
	}
	m := h.graph()
	m.SetMetadata(metaKey, string(text))
	if len(h.trainedOn) > 0 {
		m.SetMetadata(trainedOnKey, encodePrefixes(h.trainedOn))
	}
	return m.Marshal()
}

func fromModel(m *onnxgraph.Model) (*Head, error) {
	text, ok := m.Metadata(metaKey)
	if !ok {
		return nil, ErrNotHead
	}
	var format struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal([]byte(text), &format); err != nil {
		return nil, fmt.Errorf("metadata %s: %w", metaKey, err)
	}
	if format.Format > Format {
		return nil, fmt.Errorf("made by a newer headstart: it has format %d, this one reads up to %d", format.Format, Format)
	}
	if format.Format < 1 {
		return nil, fmt.Errorf("metadata %s: bad format %d", metaKey, format.Format)
	}
	h := new(Head)
	if err := json.Unmarshal([]byte(text), &h.Meta); err != nil {
		return nil, fmt.Errorf("metadata %s: %w", metaKey, err)
	}
	if err := h.setNumbers(m); err != nil {
		return nil, err
	}
	if text, found := m.Metadata(trainedOnKey); found {
		var err error
		if h.trainedOn, err = decodePrefixes(text); err != nil {
			return nil, err
		}
	}
	return h, nil
}
