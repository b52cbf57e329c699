package backbone

import (
	_ "embed"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/digitalinnovationone/headstart/extractor/imageio"
	"github.com/digitalinnovationone/headstart/internal/cachedir"
	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
)

// Entry is a backbone known by name.
type Entry struct {
	Name          string                `json:"name"`
	About         string                `json:"about"`
	Source        string                `json:"source"`
	Licence       string                `json:"licence"`
	Dim           int                   `json:"dim"`                // values per embedding
	Top1          float64               `json:"top1,omitempty"`     // accuracy on ImageNet in percent as its authors report it, 0 if they do not
	Download      *Download             `json:"download,omitempty"` // nil if make setup exports the file
	SHA256        string                `json:"-"`                  // of the installed file; "" if that is made on this machine
	Preprocessing imageio.Preprocessing `json:"preprocessing"`
	// The blocks besides the output, see Backbone.Available, by the names of their
	// layers; or Stages, for those at the ends of the stages of its graph.
	Blocks []Block `json:"blocks,omitempty"`
	Stages bool    `json:"stages,omitempty"`
}

// Download is the file a backbone comes from.
type Download struct {
	URL       string  `json:"url"`
	Megabytes float64 `json:"megabytes"`       // millions of bytes, rounded
	Bytes     int64   `json:"bytes,omitempty"` // 0 if only the rounded size is known
	SHA256    string  `json:"sha256"`
	Cut       string  `json:"cut,omitempty"` // value to cut at, or [Auto]; "" if the file has no classifier
}

//go:embed catalogue.json
var catalogueJSON []byte

var catalogue = func() []Entry {
	var entries []Entry
	if err := json.Unmarshal(catalogueJSON, &entries); err != nil {
		panic(err) // the file is compiled in
	}
	for i, e := range entries {
		if e.Download != nil && e.Download.Cut == "" {
			entries[i].SHA256 = e.Download.SHA256
		}
	}
	return entries
}()

// Catalogue returns the backbones known by name, the preferred one first.
func Catalogue() []Entry { return slices.Clone(catalogue) }

// LookUp returns the entry of the catalogue with that name.
func LookUp(name string) (e Entry, known bool) {
	i := slices.IndexFunc(catalogue, func(e Entry) bool { return e.Name == name })
	if i < 0 {
		return Entry{}, false
	}
	return catalogue[i], true
}

// Path returns the path of the entry's file, installed or not.
func (e Entry) Path() (string, error) { return installedPath(e.Name) }

// Check checks the entry's file without reading all of it, as [Resolve] does. It
// returns a [*NotInstalledError] if there is none, and a [*DamagedError] if it is
// cut short or another file.
func (e Entry) Check() error {
	path, err := e.Path()
	if err != nil {
		return err
	}
	switch err := onnxgraph.CheckWhole(path); {
	case errors.Is(err, fs.ErrNotExist):
		return &NotInstalledError{e, path}
	case err != nil:
		return e.cannotUse(path, cannotRead(path, err))
	}
	return nil
}

// cannotUse makes err a [*DamagedError] if the entry's file is damaged.
func (e Entry) cannotUse(path string, err error) error {
	for _, damage := range []error{onnxgraph.ErrNotONNX, onnxgraph.ErrCutShort} {
		if errors.Is(err, damage) {
			return &DamagedError{e, path, damage}
		}
	}
	return err
}

// AddedNames returns the names of the backbones that [Add] has installed, sorted.
func AddedNames() ([]string, error) {
	folder, err := cachedir.Join("backbones")
	if err != nil {
		return nil, err
	}
	files, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	names := []string{}
	for _, file := range files {
		name, isONNX := strings.CutSuffix(file.Name(), ".onnx")
		if _, known := LookUp(name); isONNX && !known && namePattern.MatchString(name) {
			names = append(names, name)
		}
	}
	return names, nil
}
