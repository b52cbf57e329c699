package backbone

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/digitalinnovationone/headstart/internal/cachedir"
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

// OptionError says that a value of AddOptions cannot be meant.
type OptionError struct{ cause error }

func (e *OptionError) Error() string { return e.cause.Error() }
func (e *OptionError) Unwrap() error { return e.cause }

func optionErrorf(format string, values ...any) error {
	return &OptionError{fmt.Errorf(format, values...)}
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
// AddOptions.Preprocess, an [OptionError] for another Name, Output or Preprocess.
//
// When ctx ends before the backbone is in place, nothing is installed.
func Add(ctx context.Context, file string, o AddOptions) (Added, error) {
	path, err := freePath(o.Name)
	if err != nil {
		return Added{}, err
	}
	n, err := readNetwork(file)
	if err != nil {
		return Added{}, err
	}
	a := addition{network: n, path: path, name: o.Name}
	if err := a.make(ctx, file, o); err != nil && ctx.Err() != nil {
		return Added{}, err
	} else if err != nil {
		return Added{}, fmt.Errorf("cannot make a backbone of %s: %w", file, err)
	}
	return Added{a.result, a.steps}, nil
}

var namePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// freePath returns where a backbone of the given name belongs, if the name can
// be used and is free.
func freePath(name string) (string, error) {
	if !namePattern.MatchString(name) || strings.EqualFold(filepath.Ext(name), ".onnx") {
		return "", optionErrorf("backbone name %q: letters, digits, dots, dashes and underscores make a name, without .onnx", name)
	}
	if _, known := LookUp(name); known || name == Auto {
		return "", optionErrorf("backbone name %s stands for another one: choose one of your own", name)
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

func (a *addition) make(ctx context.Context, file string, o AddOptions) error {
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
	return a.install(ctx)
}
