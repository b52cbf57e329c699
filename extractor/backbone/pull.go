package backbone

import (
	"context"
	"fmt"
	"os"

	"github.com/digitalinnovationone/headstart/internal/cachedir"
	"github.com/digitalinnovationone/headstart/internal/download"
)

// Progress is the progress of a download.
type Progress = download.Progress

// PullOptions are options of [Entry.Pull].
type PullOptions struct {
	URL    string         // overrides the catalogue's
	From   string         // a local file to use instead of downloading
	Report func(Progress) // called several times a second, from the same goroutine
}

// Pull downloads the entry's file, checks its SHA-256, cuts it if the catalogue says
// so and installs it. An entry that is already installed is only checked. An
// interrupted download is resumed by the next Pull.
func (e Entry) Pull(ctx context.Context, o PullOptions) (Added, error) {
	if e.Download == nil {
		return Added{}, fmt.Errorf("backbone %s cannot be downloaded: it comes from %s", e.Name, e.Source)
	}
	if b, err := resolveEntry(e); err == nil {
		return Added{Backbone: b, Steps: []string{"it is already installed"}}, nil
	}
	if e.Download.Cut != "" {
		return e.pullAndCut(ctx, o)
	}
	path, err := e.Path()
	if err != nil {
		return Added{}, err
	}
	f := e.file(path, o)
	if o.From != "" {
		err = download.Copy(ctx, f, o.From, o.Report)
	} else {
		err = download.Fetch(ctx, f, o.Report)
	}
	if err != nil {
		return Added{}, err
	}
	b, err := resolveEntry(e)
	return Added{Backbone: b}, err
}

func (e Entry) file(path string, o PullOptions) download.File {
	url := e.Download.URL
	if o.URL != "" {
		url = o.URL
	}
	return download.File{URLs: []string{url}, Path: path, Size: e.Download.Bytes, SHA256: e.Download.SHA256, Replace: true}
}

// pullAndCut downloads the whole network, installs it cut at its features and
// removes the download.
func (e Entry) pullAndCut(ctx context.Context, o PullOptions) (Added, error) {
	path, err := cachedir.Join("downloads", e.Name+".onnx")
	if err != nil {
		return Added{}, err
	}
	f := e.file(path, o)
	if o.From != "" {
		if err := download.Check(ctx, f, o.From, o.Report); err != nil {
			return Added{}, err
		}
		return e.cutFrom(ctx, o.From)
	}
	if err := download.Fetch(ctx, f, o.Report); err != nil {
		return Added{}, err
	}
	added, err := e.cutFrom(ctx, path)
	if err != nil {
		return Added{}, err
	}
	return added, os.Remove(path)
}

// cutFrom installs the entry's backbone from the whole network in a file.
func (e Entry) cutFrom(ctx context.Context, file string) (Added, error) {
	path, err := e.Path()
	if err != nil {
		return Added{}, err
	}
	n, err := readNetwork(file)
	if err != nil {
		return Added{}, err
	}
	n.model.SetMetadata(SourceKey, fmt.Sprintf("%s, SHA-256 %s", e.Source, e.Download.SHA256))
	a := addition{network: n, path: path, name: e.Name}
	if err := a.make(ctx, file, AddOptions{Output: e.Download.Cut, Preprocess: preprocessingJSON(e.Preprocessing), Blocks: NoBlocks}); err != nil {
		return Added{}, fmt.Errorf("cannot make backbone %s of %s: %w", e.Name, file, err)
	}
	return Added{Backbone: a.result, Steps: a.steps}, nil
}
