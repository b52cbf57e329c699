package head

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/digitalinnovationone/headstart/internal/atomicfile"
	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
	"github.com/digitalinnovationone/headstart/internal/patherr"
)

// Format is the newest version of head files that this package writes and reads. A
// head that older programs understand is written in the version before: one of one
// block, scaled to length 1 only if it is logistic-unit.
const Format = formatOfBlocks

const formatOfBlocks = 3

// ErrNotHead says that an ONNX file is not a head's.
var ErrNotHead = errors.New("an ONNX file, but not a head")

// metaKey is the entry of the file's metadata that holds Meta.
const metaKey = "headstart.head"

// ErrNoSpec says that a head does not know which embeddings it understands.
var ErrNoSpec = errors.New("it does not say which backbone and Spec its embeddings are from")

// Write writes the head file at path, atomically: an ONNX model that takes
// "embedding", float32 [N, Dim], and returns "probabilities", float32
// [N, classes], and if Meta.Unknown is set "unknown", float32 [N], the
// UnknownScore; with Meta as JSON in the metadata entry "headstart.head". The
// same head gives the same bytes. Write returns ErrNoSpec, and writes nothing,
// unless Meta has a Backbone, a Spec and its SpecHash: a head used with other
// embeddings than its own would give wrong answers without an error.
func (h *Head) Write(path string) error {
	data, err := h.Marshal()
	if h.Meta.Backbone.SHA256 == "" || len(h.Meta.Spec) == 0 || h.Meta.SpecHash == "" {
		err = ErrNoSpec
	}
	if err == nil {
		err = atomicfile.Write(path, 0o644, func(w io.Writer) error {
			_, err := w.Write(data)
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("cannot write head %s: %w", path, patherr.Strip(err))
	}
	return nil
}

// Read reads a head file of this or an older format. Its errors name the file.
// They are ErrNotHead for an ONNX file that is not a head's; a file whose numbers
// have changed since it was written is an error too.
func Read(path string) (*Head, error) {
	m, err := onnxgraph.Load(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read head %s: %w", path, patherr.Strip(err))
	}
	h, err := fromModel(m)
	if err != nil {
		return nil, fmt.Errorf("cannot read head %s: %w", path, err)
	}
	return h, nil
}

// Marshal returns the content of the head file that Write writes.
func (h *Head) Marshal() ([]byte, error) {
	meta := h.Meta
	meta.Format, meta.Digest = formatOfBlocks-1, h.digest()
	if h.last < h.Dim() || h.unit && h.Meta.Training.Head != LogisticUnit {
		meta.Format = formatOfBlocks
	}
	text, err := json.Marshal(meta)
	if err != nil {
		return nil, err
	}
	m := h.graph()
	m.SetMetadata(metaKey, string(text))
	h.remembered.write(m)
	h.writePictures(m)
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
		return nil, fmt.Errorf("made by a newer headstart: its format is %d, this version reads up to %d", format.Format, Format)
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
	if err := h.remembered.read(m); err != nil {
		return nil, err
	}
	if err := h.readPictures(m); err != nil {
		return nil, err
	}
	return h, nil
}
