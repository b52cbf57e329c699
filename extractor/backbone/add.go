package backbone

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/digitalinnovationone/headstart/internal/atomicfile"
	"github.com/digitalinnovationone/headstart/internal/cachedir"
	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
	"github.com/digitalinnovationone/headstart/internal/onnxpb"
)

// SourceKey is the ONNX metadata entry that says where a backbone comes from.
const SourceKey = "headstart.source"

// AddOptions says how a network becomes a backbone.
type AddOptions struct {
	Name   string // under which it is installed
	Output string // value to cut at; [Auto] or "" finds the pooled features
	// Preprocess is one of [RangeNames], a .json file or the JSON of an
	// imageio.Preprocessing; "" takes what the file records, or guesses.
	Preprocess string
}

// Added is a backbone that has been made of a network and installed.
type Added struct {
	Backbone
	Steps []string // what was done, a sentence each
}

// Add cuts the network in an ONNX file at its features, makes it take float32
// images, any number at once where it can, and give float32 rows, tries it on
// test images and installs it in the user's cache, where [Resolve] finds it by
// its name. An error that wraps [ErrNoPreprocessing] asks for
// AddOptions.Preprocess.
func Add(file string, o AddOptions) (Added, error) {
	path, err := freePath(o.Name)
	if err != nil {
		return Added{}, err
	}
	n, err := readNetwork(file)
	if err != nil {
		return Added{}, err
	}
	a := addition{network: n, path: path, name: o.Name}
	if err := a.make(file, o); err != nil {
		return Added{}, fmt.Errorf("cannot make a backbone of %s: %w", file, err)
	}
	return Added{a.result, a.steps}, nil
}

var namePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// freePath returns where a backbone of the given name belongs, if the name can
// be used and is free.
func freePath(name string) (string, error) {
	if !namePattern.MatchString(name) || strings.EqualFold(filepath.Ext(name), ".onnx") {
		return "", fmt.Errorf("backbone name %q: letters, digits, dots, dashes and underscores make a name, without .onnx", name)
	}
	if _, known := lookUp(name); known || name == Auto {
		return "", fmt.Errorf("backbone name %s stands for another one: choose one of your own", name)
	}
	path, err := installedPath(name)
	if err != nil {
		return "", err
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("backbone %s is installed already, in %s: remove that file, or choose another name", name, path)
	}
	return path, nil
}

func installedPath(name string) (string, error) { return cachedir.Join("backbones", name+".onnx") }

// addition is a network on its way to become a backbone.
type addition struct {
	*network
	path, name string
	steps      []string
	result     Backbone
}

func (a *addition) step(format string, values ...any) {
	a.steps = append(a.steps, fmt.Sprintf(format, values...))
}

func (a *addition) make(file string, o AddOptions) error {
	p, why, err := a.recipe(file, o.Preprocess)
	if err != nil {
		return err
	}
	if err := a.cut(o.Output); err != nil {
		return err
	}
	a.step("images: shorter side %d, centre %d, %s, (level - %v) / %v, %s: %s", p.Resize, p.Crop, p.Filter, p.Mean, p.Std, p.Layout, why)
	a.model.SetMetadata(PreprocessingKey, recipeJSON(p))
	if _, found := a.model.Metadata(SourceKey); !found {
		a.model.SetMetadata(SourceKey, filepath.Base(file))
	}
	return a.install()
}

// cut cuts the network at a value and puts behind it what makes a float32 row
// of it, and before it what takes float32.
func (a *addition) cut(output string) error {
	candidates, err := a.candidates()
	if err != nil {
		return err
	}
	chosen, why, err := a.pick(candidates, output)
	if err != nil {
		return err
	}
	c := candidates[chosen]
	before := len(a.model.Proto.Graph.Node)
	if err := a.model.Cut(c.Name); err != nil {
		return err
	}
	a.step("cut at %s %s %v, %s; %d of %d operators are left", c.Name, c.Type, c.Shape, why, len(a.model.Proto.Graph.Node), before)
	if a.input.Type != onnxpb.TensorProto_FLOAT {
		if err := a.model.TakeFloats(a.input.Name); err != nil {
			return err
		}
		a.step("its input %s takes float32 in place of %s", a.input.Name, strings.ToLower(a.input.Type.String()))
	}
	return a.giveRows(c)
}

// pick returns the index of the candidate that is called output, or the best.
func (a *addition) pick(candidates []Candidate, output string) (chosen int, why string, err error) {
	if output == "" || output == Auto {
		if a.output.Type == onnxpb.TensorProto_UNDEFINED {
			return 0, "", fmt.Errorf("its output is %v: name a value within with --output", a.output)
		}
		return a.choose(candidates)
	}
	chosen = slices.IndexFunc(candidates, func(c Candidate) bool { return c.Name == output })
	switch {
	case chosen >= 0:
		return chosen, "as you say", nil
	case a.makers()[output] == nil:
		return 0, "", fmt.Errorf("it has no value named %q", output)
	default:
		return 0, "", fmt.Errorf("%s is no value that a whole image goes through as one row or one map", output)
	}
}

func (a *addition) giveRows(c Candidate) (err error) {
	value := c.Name
	if c.Type == "uint8" || c.Type == "int8" {
		if value, err = a.model.Dequantise(value); err != nil {
			return err
		}
		a.step("its output gives the numbers that the %s stand for", c.Type)
	}
	if c.Type == "float16" {
		value = a.model.GiveFloats(value)
		a.step("its output gives float32 in place of float16")
	}
	if c.isMap() {
		value = a.model.AveragePositions(value)
		a.step("its output gives the mean over the map's %d positions", c.Shape[2]*c.Shape[3])
	}
	if len(c.Shape) != 2 {
		value = a.model.Flatten(value)
		a.step("its output gives rows, [N, %d]", c.Dim)
	}
	output := onnxgraph.FloatRows(value, int64(c.Dim))
	a.model.Proto.Graph.Output = nil
	a.model.AddOutput(output)
	return nil
}

// install writes the backbone beside its place, tries it there and then puts it
// in place. Where it fails with several images at once it stays one for its
// fixed number.
func (a *addition) install() error {
	fixed := a.model
	open := &onnxgraph.Model{Proto: proto.CloneOf(fixed.Proto)}
	open.FreeBatch()
	if a.input.Shape[0].Size < 0 {
		return a.tryAndPlace(open, true, "")
	}
	err := a.tryAndPlace(open, true, fmt.Sprintf("it takes any number of images at once in place of %d", a.batch))
	if err != nil && a.batch == 1 {
		return a.tryAndPlace(fixed, false, "it takes one image at a time still: several at once do not go through")
	}
	return err
}

// tryAndPlace also says what else is new in the model, "" if nothing.
func (a *addition) tryAndPlace(model *onnxgraph.Model, many bool, news string) error {
	data, err := model.Marshal()
	if err != nil {
		return err
	}
	b := Backbone{Name: a.name, SHA256: digest(data)}
	if err := b.describe(data, nil); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(a.path), 0o777); err != nil {
		return err
	}
	f, err := atomicfile.Create(a.path, 0o666)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Write(data); err != nil {
		return err
	}
	b.Path = f.TempName()
	embedding, err := trial(b, many)
	if err != nil {
		return err
	}
	if err := f.Commit(); err != nil {
		return err
	}
	b.Path = a.path
	a.result = b
	if news != "" {
		a.step("%s", news)
	}
	a.step("a test image gave %d values, %.3g to %.3g", b.Dim, slices.Min(embedding), slices.Max(embedding))
	return nil
}
