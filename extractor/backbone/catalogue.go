package backbone

import (
	_ "embed"
	"encoding/json"
	"errors"
	"io/fs"
	"os"

	"github.com/digitalinnovationone/headstart/extractor/imageio"
	"github.com/digitalinnovationone/headstart/internal/cachedir"
)

// Entry is a backbone known by name.
type Entry struct {
	Name          string                `json:"name"`
	About         string                `json:"about"`
	Source        string                `json:"source"`
	Licence       string                `json:"licence"`
	SHA256        string                `json:"sha256,omitempty"` // of the file; "" where it is made here and not downloaded
	Preprocessing imageio.Preprocessing `json:"preprocessing"`
}

//go:embed catalogue.json
var catalogueJSON []byte

var catalogue = func() []Entry {
	var entries []Entry
	if err := json.Unmarshal(catalogueJSON, &entries); err != nil {
		panic(err) // the file is compiled in
	}
	return entries
}()

// Catalogue returns the backbones known by name, the preferred one first.
func Catalogue() []Entry { return append([]Entry(nil), catalogue...) }

// Path returns where the entry's file lies when it is installed.
func (e Entry) Path() (string, error) { return cachedir.Join("backbones", e.Name+".onnx") }

// Installed tells whether the entry's file is there.
func (e Entry) Installed() (bool, error) {
	path, err := e.Path()
	if err != nil {
		return false, err
	}
	_, err = os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

func lookUp(name string) (Entry, bool) {
	for _, e := range catalogue {
		if e.Name == name {
			return e, true
		}
	}
	return Entry{}, false
}
