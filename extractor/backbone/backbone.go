// Package backbone finds, installs and describes frozen networks that turn images
// into embeddings. [Resolve] takes a name or an ONNX file and returns a [Backbone];
// [Add] and [Entry.Pull] install one; [Inspect] describes a network to cut.
package backbone

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/digitalinnovationone/headstart/extractor/imageio"
	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
	"github.com/digitalinnovationone/headstart/internal/patherr"
)

// Auto names the preferred backbone among those installed.
const Auto = "auto"

// PreprocessingKey is the ONNX metadata entry whose value is the JSON of an
// [imageio.Preprocessing].
const PreprocessingKey = "headstart.preprocessing"

// Errors that others wrap.
var (
	ErrNotInstalled = errors.New("is not installed")
	ErrChanged      = errors.New("was replaced or edited during this run")
)

// NotInstalledError is returned for a backbone of the catalogue that is not
// installed. It wraps [ErrNotInstalled].
type NotInstalledError struct {
	Entry Entry
	Path  string // where its file belongs
}

func (e *NotInstalledError) Error() string {
	return fmt.Sprintf("backbone %s %v: there is no file %s", e.Entry.Name, ErrNotInstalled, e.Path)
}

// Unwrap returns ErrNotInstalled.
func (e *NotInstalledError) Unwrap() error { return ErrNotInstalled }

// DamagedError is returned for a backbone of the catalogue whose file is not what
// was installed.
type DamagedError struct {
	Entry Entry
	Path  string
	Cause error
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("backbone %s: %s is damaged or another file: %v", e.Entry.Name, e.Path, e.Cause)
}

// Unwrap returns what is wrong with the file.
func (e *DamagedError) Unwrap() error { return e.Cause }

// UnreadableError is returned for a backbone's file that cannot be read.
type UnreadableError struct {
	Path  string
	Cause error
}

func (e *UnreadableError) Error() string {
	return fmt.Sprintf("cannot read backbone %s: %v", e.Path, e.Cause)
}

// Unwrap returns the cause, which does not repeat the path.
func (e *UnreadableError) Unwrap() error { return e.Cause }

// UnknownError is returned for a name that is neither a backbone's nor a file's.
type UnknownError struct{ Name string }

func (e *UnknownError) Error() string {
	return fmt.Sprintf("no backbone is named %q, and there is no such file", e.Name)
}

// Backbone describes an ONNX file with one image input and the embedding as its
// first output, or the variant of it whose embedding holds other blocks: see
// [Backbone.Select].
type Backbone struct {
	Name          string // in the catalogue, or the file's without its extension
	Path          string
	SHA256        string // of the file, in hexadecimal
	Input         Port
	Output        Port // of what Read returns
	Dim           int  // values per embedding
	Preprocessing imageio.Preprocessing
	Assumed       bool // the file does not record its preprocessing: torchvision's is assumed
	OneAtATime    bool // the batch size is fixed at 1
	Classifier    bool // the output looks like class scores
	// Blocks are what the embedding holds, side by side; nil if it is the file's
	// output as it is.
	Blocks []Block

	file    Port     // the file's output
	fileDim int      // values of that per image
	earlier []Block  // that it can give besides its output, see Available
	ownSide int      // of the images that the file is made for, whatever WithSize says
	values  []string // that Read adds to the output; see WithMaps
}

// Port is an input or output of the network. The first dimension of its shape
// is the batch.
type Port struct {
	Name  string
	Shape []int64
}

// torchvision is the preprocessing of most networks trained on ImageNet.
var torchvision = imageio.Preprocessing{
	Resize: 256, Crop: 224, Filter: "bilinear",
	Mean: [3]float32{123.675, 116.28, 103.53}, Std: [3]float32{58.395, 57.12, 57.375},
	Layout: "NCHW", Type: "float32",
}

// Resolve finds the backbone a user means: a name of the catalogue or one given
// to [Add], the path of an ONNX file, or [Auto].
func Resolve(nameOrFile string) (Backbone, error) {
	if nameOrFile == Auto {
		return resolveAuto()
	}
	if entry, known := LookUp(nameOrFile); known {
		return resolveEntry(entry)
	}
	if namePattern.MatchString(nameOrFile) { // Add may have installed it
		path, err := installedPath(nameOrFile)
		if err != nil {
			return Backbone{}, err
		}
		if b, err := read(nameOrFile, path, nil); !errors.Is(err, fs.ErrNotExist) {
			return b, err
		}
	}
	name := strings.TrimSuffix(filepath.Base(nameOrFile), filepath.Ext(nameOrFile))
	b, err := read(name, nameOrFile, nil)
	if errors.Is(err, fs.ErrNotExist) && !strings.ContainsAny(nameOrFile, `./\`) {
		return Backbone{}, &UnknownError{nameOrFile}
	}
	return b, err
}

func resolveAuto() (Backbone, error) {
	var names []string
	for _, entry := range catalogue {
		if err := entry.Check(); !errors.Is(err, ErrNotInstalled) {
			return resolveEntry(entry)
		}
		names = append(names, entry.Name)
	}
	return Backbone{}, fmt.Errorf("backbone %s %w: none of %s is there", Auto, ErrNotInstalled, strings.Join(names, ", "))
}

func resolveEntry(entry Entry) (Backbone, error) {
	path, err := entry.Path()
	if err != nil {
		return Backbone{}, err
	}
	b, err := read(entry.Name, path, &entry)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Backbone{}, &NotInstalledError{entry, path}
	case err != nil:
		return Backbone{}, entry.cannotUse(path, err)
	case entry.SHA256 != "" && b.SHA256 != entry.SHA256:
		return Backbone{}, &DamagedError{entry, path, fmt.Errorf("its SHA-256 is %s, not %s", b.SHA256, entry.SHA256)}
	}
	return b, nil
}

// read describes the backbone in a file. If the file does not record its
// preprocessing or its blocks, those of known are used; if that is nil, torchvision's
// preprocessing and no blocks.
func read(name, path string, known *Entry) (Backbone, error) {
	data, err := onnxgraph.ReadFile(path)
	if err != nil {
		return Backbone{}, cannotRead(path, err)
	}
	b := Backbone{Name: name, Path: path, SHA256: digest(data)}
	model, err := onnxgraph.Parse(data)
	if err == nil {
		err = model.Validate()
	}
	if err == nil {
		err = b.describe(model, known)
	}
	if err != nil {
		return Backbone{}, fmt.Errorf("cannot use backbone %s: %w", path, err)
	}
	return b, nil
}

// Read returns the content of the backbone's file, or of its variant that gives
// Blocks. It returns an error that wraps [ErrChanged] if the file is no longer the one
// with the digest SHA256, which would give other embeddings under the same Spec: load
// what Read returns, never Path. For a size that is not the file's own it is edited, and
// whether it then works is for [Backbone.Open] to find out; the error is a [SizeError] if
// it cannot.
func (b Backbone) Read() ([]byte, error) {
	debug.FreeOSMemory() // the model that Resolve parsed, before ONNX Runtime loads it again
	data, err := onnxgraph.ReadFile(b.Path)
	if err != nil {
		return nil, cannotRead(b.Path, err)
	}
	if now := digest(data); now != b.SHA256 {
		return nil, fmt.Errorf("backbone %s %w: its SHA-256 is %s, not %s", b.Path, ErrChanged, now, b.SHA256)
	}
	if data, err = b.edit(data); err != nil {
		return nil, err
	}
	if b.isResized() {
		if data, err = b.resized(data); err != nil {
			return nil, err
		}
	}
	if len(b.values) > 0 {
		return addMaps(data, b.values)
	}
	return data, nil
}

// cannotRead names the file once: errors of the system name it too.
func cannotRead(path string, err error) error {
	return &UnreadableError{path, patherr.StripPath(err, path)}
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func (b *Backbone) describe(model *onnxgraph.Model, known *Entry) error {
	switch recorded, found := model.Metadata(PreprocessingKey); {
	case found:
		if err := json.Unmarshal([]byte(recorded), &b.Preprocessing); err != nil {
			return fmt.Errorf("its metadata entry %s: %w", PreprocessingKey, err)
		}
	case known != nil:
		b.Preprocessing = known.Preprocessing
	default:
		b.Preprocessing, b.Assumed = torchvision, true
	}
	if err := b.Preprocessing.Validate(); err != nil {
		return err
	}
	if tensor, found := model.ExternalTensor(); found {
		return fmt.Errorf("its weight %q is in another file, whose changes would go unnoticed: headstart backbones add %s --name NAME puts all weights into one file, which --backbone NAME then finds", tensor, b.Path)
	}
	if err := b.findPorts(model); err != nil {
		return err
	}
	if err := b.findEarlier(model, known); err != nil {
		return err
	}
	return b.findClassifier(model)
}

// pixelTypes are the supported types of the input, with their names in an
// [imageio.Preprocessing].
var pixelTypes = map[onnxgraph.ElementType]string{
	onnxgraph.Float32: "float32",
	onnxgraph.Uint8:   "uint8",
}

// findPorts finds the model's image input and embedding output.
func (b *Backbone) findPorts(model *onnxgraph.Model) error {
	inputs, outputs := model.Inputs(), model.Outputs()
	if len(inputs) != 1 {
		return fmt.Errorf("it has %d inputs, not one image", len(inputs))
	}
	if len(outputs) == 0 {
		return errors.New("it has no output")
	}
	in, out := inputs[0], outputs[0]
	inShape, outShape := sizes(in.Shape), sizes(out.Shape)
	taken, known := pixelTypes[in.Type]
	if !known || out.Type != onnxgraph.Float32 {
		return fmt.Errorf("it takes %v and gives %v; it may take float32 or uint8 and must give float32", in.Type, out.Type)
	}
	p := b.Preprocessing
	if p.Type != taken {
		return fmt.Errorf("its input %s takes %s and its preprocessing makes %s", in.Name, taken, p.Type)
	}
	want := []int64{-1, 3, int64(p.Crop), int64(p.Crop)}
	if p.Layout == "NHWC" {
		want = []int64{-1, int64(p.Crop), int64(p.Crop), 3}
	}
	if !fits(inShape, want) {
		return fmt.Errorf("its input %s has the shape %v, which does not take images of %v", in.Name, inShape, want)
	}
	if len(outShape) < 2 {
		return fmt.Errorf("its output %s has the shape %v, not one row per image", out.Name, outShape)
	}
	dim := int64(1)
	for _, size := range outShape[1:] {
		if dim *= size; size < 1 || size > maxDim || dim > maxDim {
			return fmt.Errorf("its output %s has the shape %v, not an embedding of a fixed size up to %d", out.Name, outShape, maxDim)
		}
	}
	b.Input, b.Output = Port{in.Name, want}, Port{out.Name, outShape}
	b.file = b.Output
	b.Dim, b.fileDim = int(dim), int(dim)
	b.ownSide = p.Crop
	b.OneAtATime = inShape[0] == 1
	return nil
}

// findClassifier finds out whether the output looks like class scores.
func (b *Backbone) findClassifier(model *onnxgraph.Model) error {
	model.InlineFunctions()
	if err := model.Validate(); err != nil {
		return err
	}
	e, linear := newGraph(model).ending(b.Output.Name)
	b.Classifier = linear && e.verdict(b.Output.Name, b.Dim) == isScores
	return nil
}

// maxDim is far above any embedding's size and far below what would fill memory.
const maxDim = 1 << 20

func sizes(shape []onnxgraph.Dim) []int64 {
	sizes := make([]int64, len(shape))
	for i, dim := range shape {
		sizes[i] = dim.Size
	}
	return sizes
}

// fits tells whether images of the shape want can be given, at least one at a
// time, to an input of the shape have. -1 stands for any size.
func fits(have, want []int64) bool {
	return len(have) == len(want) && (have[0] < 0 || have[0] == 1) &&
		slices.EqualFunc(have[1:], want[1:], func(h, w int64) bool { return h < 0 || h == w })
}
