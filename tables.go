package headstart

import (
	"encoding/json"
	"errors"
	"io"
	"path/filepath"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/internal/pathjson"
)

// indexLine says where an image's embedding is.
type indexLine struct {
	Path   pathjson.String `json:"path"`
	Label  pathjson.String `json:"label"`
	Split  string          `json:"split,omitempty"`
	SHA256 string          `json:"sha256"`
	Row    int64           `json:"row"`
}

// WriteIndex writes a JSON line per image to the file at path: path, label,
// split, sha256, and row in the NumPy file VectorsPath.
func (e *Embeddings) WriteIndex(path string) error {
	if e.x.Store() == nil || len(e.computed) > 0 {
		return errors.New("cannot write an index: embeddings were not kept, so they have no rows in a store")
	}
	rows, err := e.x.Rows(e.Keys)
	if err != nil {
		return err
	}
	return write(IndexFile, path, func(w io.Writer) error {
		lines := json.NewEncoder(w)
		lines.SetEscapeHTML(false)
		for i, s := range e.Samples {
			if err := lines.Encode(indexLine{pathjson.String(s.Path), pathjson.String(s.Label), string(s.Split), e.Keys[i].String(), rows[i]}); err != nil {
				return err
			}
		}
		return nil
	})
}

// WriteManifest writes a manifest in JSON Lines to the file at path: path,
// sha256, label, split, group and weight of each image. It can be scanned as a data set.
func (e *Embeddings) WriteManifest(path string) error {
	return write(ManifestFile, path, func(w io.Writer) error {
		return dataset.WriteManifest(w, filepath.Dir(path), e.Samples, e.Keys)
	})
}
