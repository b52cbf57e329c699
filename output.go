package headstart

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/digitalinnovationone/headstart/extractor/imageio"
	"github.com/digitalinnovationone/headstart/head"
	"github.com/digitalinnovationone/headstart/internal/atomicfile"
	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
)

// OutputKind is a kind of file that is written.
type OutputKind string

// The kinds of files that are written.
const (
	HeadFile        OutputKind = "head"
	IndexFile       OutputKind = "index"
	LabelsFile      OutputKind = "labels"
	ManifestFile    OutputKind = "manifest"
	ModelFile       OutputKind = "model"
	RowsFile        OutputKind = "rows"
	PredictionsFile OutputKind = "predictions"
	ScoresFile      OutputKind = "scores"
	PageFile        OutputKind = "page"
	SidecarFile     OutputKind = "description"
	TableFile       OutputKind = "table"
)

// beginnings are how files of a kind begin, those of which a new one replaces
// without asking. A file of that name which begins differently is not replaced:
// the name is a mistake, such as a photo after -o.
var beginnings = map[OutputKind][]string{
	IndexFile:       {`{"path":`},
	ManifestFile:    {`{"path":`, `{"sha256":`},
	RowsFile:        {"path,label,class,"},
	PredictionsFile: {predictionsPrefix, `{"path":`, "PAR1"},
	PageFile:        {"<!DOCTYPE html>\n"},
	ScoresFile:      {csvPrefix, linePrefix},
	SidecarFile:     {"{\n  \"headstart\": "},
	TableFile:       {"sha256,path,", "\x93NUMPY", "PAR1"},
}

// CheckOutput fails early, before minutes of work, if a file of the kind cannot
// be written at path or would replace something else: an image, one of
// the files in inputs, a file of another kind. For a model it checks the files
// beside it too. The path "" stands for no file. Its error is an [*OutputError].
func CheckOutput(kind OutputKind, path string, inputs ...string) error {
	if path == "" {
		return nil
	}
	if err := checkReplaceable(kind, path, inputs...); err != nil {
		return err
	}
	probe, err := atomicfile.Create(path, 0o666)
	if err != nil {
		return &OutputError{string(kind), path, err}
	}
	if err := probe.Close(); err != nil || kind != ModelFile {
		return err
	}
	if err := CheckOutput(LabelsFile, labelsPath(path)); err != nil {
		return err
	}
	return CheckOutput(SidecarFile, sidecarPath(path))
}

func checkReplaceable(kind OutputKind, path string, inputs ...string) error {
	refused := func(format string, args ...any) error {
		return &OutputError{string(kind), path, fmt.Errorf(format, args...)}
	}
	if kind == PredictionsFile && !CanHoldPredictions(path) {
		return refused("the name must end in .csv, .jsonl or .parquet")
	}
	if slices.ContainsFunc(inputs, func(other string) bool { return sameFile(path, other) }) {
		return refused("this is one of the input files")
	}
	if kind == ModelFile && path == sidecarPath(path) {
		return refused("the file that describes the model has this name: use another, such as %s.onnx", strings.TrimSuffix(path, filepath.Ext(path)))
	}
	there := beginning(path)
	if format := imageio.Format(there); format != "" {
		return refused("the existing file is an image (%s)", format)
	}
	if len(there) == 0 {
		return nil
	}
	known, limited := beginnings[kind]
	if limited && !slices.ContainsFunc(known, func(b string) bool { return strings.HasPrefix(string(there), b) }) {
		return refused("the existing file holds something else")
	}
	switch kind {
	case IndexFile, ManifestFile: // lines of both begin alike, and those of other manifests
		line, _, whole := bytes.Cut(there, []byte{'\n'})
		isIndex := bytes.Contains(line, []byte(`,"row":`))
		if whole && (isIndex != (kind == IndexFile) || !bytes.Contains(line, []byte(`"sha256":"`))) {
			return refused("the existing file holds something else")
		}
	case PredictionsFile:
		if !isPredictions(path, there) {
			return refused("the existing file holds something else")
		}
	case PageFile:
		if !bytes.Contains(there, []byte(reportMark)) {
			return refused("the existing file is another page")
		}
	case HeadFile:
		if _, err := head.Read(path); err != nil {
			return refused("the existing file is not a head")
		}
	case ModelFile:
		m, err := onnxgraph.Load(path)
		if err != nil {
			return refused("the existing file is not an ONNX model")
		}
		if _, exported := m.Metadata(classesKey); !exported {
			return refused("the existing file is not an exported model")
		}
	}
	return nil
}

func sameFile(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}

// beginning returns the first bytes of a file, none where it cannot be read.
func beginning(path string) []byte {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer file.Close()
	start := make([]byte, 8192)      // of an index or a manifest, the first line
	n, _ := io.ReadFull(file, start) // a shorter file is fine
	return start[:n]
}

// write writes a file of a kind atomically. It replaces nothing else.
func write(kind OutputKind, path string, content func(io.Writer) error) error {
	if err := checkReplaceable(kind, path); err != nil {
		return err
	}
	if err := atomicfile.Write(path, 0o666, content); err != nil {
		return &OutputError{string(kind), path, err}
	}
	return nil
}
