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

// AddOptions are options of [Add].
type AddOptions struct {
	Name   string // of the installed backbone
	Output string // value to cut at; [Auto] or "" for the pooled features
	// Preprocess is one of [RangeNames], a .json file or the JSON of an
	// imageio.Preprocessing; "" for what the file records, or a guess.
	Preprocess string
	// Blocks are the layers that the backbone gives besides its output: value names
	// separated by commas, NoBlocks, or [Auto] or "" for those that the graph shows.
	Blocks string
}

// OptionError is returned for an invalid value in AddOptions.
type OptionError struct{ cause error }

func (e *OptionError) Error() string { return e.cause.Error() }
func (e *OptionError) Unwrap() error { return e.cause }

func optionErrorf(format string, values ...any) error {
	return &OptionError{fmt.Errorf(format, values...)}
}

// Added is a backbone that was installed.
type Added struct {
	Backbone
	Steps []string // what was done, for the user
}

// Add installs the network in an ONNX file as a backbone that [Resolve] finds by its
// name: cut at its features, from float32 images, in batches if possible, to
// float32 rows, with all weights in one file, and tested on two images. It returns
// an error that wraps [ErrNoPreprocessing] if AddOptions.Preprocess is needed, and
// an [OptionError] for invalid options. If ctx ends before, nothing is installed.
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

// freePath returns the path for a new backbone, if its name is valid and free.
func freePath(name string) (string, error) {
	if !namePattern.MatchString(name) || strings.EqualFold(filepath.Ext(name), ".onnx") {
		return "", optionErrorf("backbone name %q: must be letters, digits, dots, dashes and underscores, without .onnx", name)
	}
	if _, known := LookUp(name); known || name == Auto {
		return "", optionErrorf("backbone name %s is reserved: choose another name", name)
	}
	path, err := installedPath(name)
	if err != nil {
		return "", err
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("backbone %s is already installed, in %s: remove that file, or choose another name", name, path)
	}
	return path, nil
}

func installedPath(name string) (string, error) { return cachedir.Join("backbones", name+".onnx") }

// addition is a network that is being made a backbone.
type addition struct {
	*network
	path, name string
	steps      []string
	automatic  bool // its blocks were not named
	result     Backbone
}

func (a *addition) step(format string, values ...any) {
	a.steps = append(a.steps, fmt.Sprintf(format, values...))
}

func (a *addition) make(ctx context.Context, file string, o AddOptions) error {
	p, why, err := a.preprocessing(file, o.Preprocess)
	if err != nil {
		return err
	}
	if err := a.cut(o.Output, o.Blocks); err != nil {
		return err
	}
	a.step("images: shorter side %d, centre %d, %s, (level - %v) / %v, %s: %s", p.Resize, p.Crop, p.Filter, p.Mean, p.Std, p.Layout, why)
	a.model.SetMetadata(PreprocessingKey, preprocessingJSON(p))
	if _, found := a.model.Metadata(SourceKey); !found {
		a.model.SetMetadata(SourceKey, filepath.Base(file))
	}
	return a.install(ctx)
}
