package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/digitalinnovationone/headstart/internal/atomicfile"
	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
)

// checkExportOutput fails early where a model or its labels could not be written,
// and keeps heads, backbones and images from being replaced by a slip.
func checkExportOutput(path string) error {
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Size() > 0 {
		m, err := onnxgraph.Load(path)
		if err != nil {
			return &outputError{"model", path, errors.New("the file that is there is no ONNX model")}
		}
		if _, exported := m.Metadata("headstart.classes"); !exported {
			return &outputError{"model", path, errors.New("the file that is there is no exported model")}
		}
	}
	if err := checkWritable("model", path); err != nil {
		return err
	}
	return checkWritable("labels", labelsPath(path))
}

func writeLabels(path string, classes []string) error {
	err := atomicfile.Write(path, 0o666, func(w io.Writer) error {
		_, err := io.WriteString(w, strings.Join(classes, "\n")+"\n")
		return err
	})
	if err != nil {
		return &outputError{"labels", path, err}
	}
	return nil
}

// labelsPath is the file beside a model that lists its classes.
func labelsPath(model string) string {
	return strings.TrimSuffix(model, filepath.Ext(model)) + ".labels.txt"
}
