package headstart

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/digitalinnovationone/headstart/extractor/backbone"
	"github.com/digitalinnovationone/headstart/internal/filelock"
	"github.com/digitalinnovationone/headstart/internal/ort"
)

// Errors that are wrapped where something outside this library is missing.
var (
	ErrNoRuntime = ort.ErrNoLibrary // ONNX Runtime's shared library cannot be found
	ErrNoCUDA    = ort.ErrNoCUDA    // a GPU cannot be used
	ErrInUse     = filelock.ErrHeld // another process is writing the same file
)

// RuntimeVariable is the environment variable that names the file of ONNX
// Runtime's shared library, if it is set.
const RuntimeVariable = ort.LibraryVariable

// CheckDevice refuses what is not "cpu", "cuda" or "cuda:N".
func CheckDevice(device string) error {
	_, err := ort.ParseDevice(device)
	return err
}

// Diagnosis tells what is installed and what is missing.
type Diagnosis struct {
	Version   string          `json:"version"`
	Library   *ort.Library    `json:"library"`  // ONNX Runtime's; nil where none loads
	Searched  []string        `json:"searched"` // for the library, first to last: folders, or the file that the user names
	Devices   []string        `json:"devices"`
	CUDA      string          `json:"cuda"` // the library for it, or why there is none
	Backbones []BackboneState `json:"backbones"`
	Store     StoreSize       `json:"store"`

	// LibraryErr and BackboneErr tell why extraction with the default backbone
	// would fail, if so.
	LibraryErr  error `json:"-"`
	BackboneErr error `json:"-"`
}

// StoreSize is where a store is and how large its files are together.
type StoreSize struct {
	Path  string `json:"path"`
	Bytes int64  `json:"bytes"`
}

// Diagnose looks for ONNX Runtime, backbones and the store in the folder store,
// or in [DefaultStore] if it is empty.
func Diagnose(store string) (*Diagnosis, error) {
	d := &Diagnosis{Version: Version(), Devices: []string{}, Searched: ort.SearchPath(ort.Device{})}
	if file := os.Getenv(RuntimeVariable); file != "" {
		d.Searched = []string{file}
	}
	library, err := ort.Load(ort.Device{})
	if d.LibraryErr = err; err == nil {
		d.Library = &library
		d.Devices = append(d.Devices, "cpu")
	}
	if cuda, err := ort.CheckCUDA(); err != nil {
		d.CUDA = err.Error()
	} else {
		d.CUDA = cuda
		d.Devices = append(d.Devices, "cuda")
	}
	if d.Backbones, err = Backbones(); err != nil {
		return nil, err
	}
	_, d.BackboneErr = backbone.Resolve(backbone.Auto)
	if store == "" {
		if store, err = DefaultStore(); err != nil {
			return nil, err
		}
	}
	d.Store.Path = store
	d.Store.Bytes, err = folderBytes(store)
	return d, err
}

// BackboneState is a backbone of the catalogue, and what there is of its file.
type BackboneState struct {
	backbone.Entry
	Path       string `json:"path"`
	Installed  bool   `json:"installed"`
	Damaged    bool   `json:"damaged"`              // and so not installed
	Unreadable string `json:"unreadable,omitempty"` // why it cannot be told whether it is installed
	// Blocks are those that the installed file gives.
	Blocks []backbone.Block `json:"blocks,omitempty"`
}

// Backbones returns the backbones of the catalogue, the preferred one first.
func Backbones() ([]BackboneState, error) {
	var states []BackboneState
	for _, entry := range backbone.Catalogue() {
		path, err := entry.Path()
		if err != nil {
			return nil, err
		}
		state := BackboneState{Entry: entry, Path: path}
		var unreadable *backbone.UnreadableError
		switch err = entry.Check(); {
		case err == nil:
			state.Installed = true
			if b, err := backbone.Resolve(entry.Name); err == nil { // else using it will tell
				state.Blocks = b.Available()
			}
		case errors.Is(err, backbone.ErrNotInstalled):
		case errors.As(err, new(*backbone.DamagedError)):
			state.Damaged = true
		case errors.As(err, &unreadable):
			state.Unreadable = unreadable.Cause.Error()
		default:
			return nil, err
		}
		states = append(states, state)
	}
	return states, nil
}

// folderBytes returns the size of the regular files in a folder.
func folderBytes(folder string) (int64, error) {
	var sum int64
	err := filepath.WalkDir(folder, func(_ string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		if info, err := entry.Info(); err == nil {
			sum += info.Size()
		}
		return nil
	})
	return sum, err
}
