package headstart

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"

	"github.com/digitalinnovationone/headstart/extractor/backbone"
	"github.com/digitalinnovationone/headstart/internal/download"
	"github.com/digitalinnovationone/headstart/internal/publicdata"
)

// MirrorVariable is the environment variable that names another host, as
// https://HOST, for everything that is downloaded.
const MirrorVariable = "HEADSTART_MIRROR"

// Source says where a file comes from. The zero value is the address that the
// catalogue names, or the same path on the host that [MirrorVariable] names.
type Source struct {
	URL  string // download from this address
	From string // copy this file, and download nothing; of a set with several files, their folder
	// OnProgress, if not nil, is called some times a second from the goroutine
	// that waits for the file.
	OnProgress func(TransferProgress)
}

// TransferProgress tells how far a file has come.
type TransferProgress = download.Progress

// TransferPhase is what is being done for a file.
type TransferPhase = download.Phase

// The phases of TransferProgress, in their order.
const (
	Connecting  = download.Connect
	Downloading = download.Receive
	Verifying   = download.Verify
	Transferred = download.Done
)

// Check refuses a Source that makes no sense.
func (s Source) Check() error {
	address, err := url.Parse(s.URL)
	switch {
	case s.URL == "":
		return nil
	case s.From != "":
		return errors.New("--url and --from exclude each other")
	case err != nil || address.Host == "" || address.Scheme != "http" && address.Scheme != "https":
		return fmt.Errorf("--url: address %s must begin with https:// or http://", download.Shown(s.URL))
	}
	return nil
}

func (s Source) report(p TransferProgress) {
	if s.OnProgress != nil {
		s.OnProgress(p)
	}
}

// PullBackbone downloads a backbone of the catalogue, checks its SHA-256 and
// installs it; a network with a classifier is cut at its pooled features. An
// interrupted download is resumed. An unknown name gives a
// [*backbone.UnknownError], a failed transfer a [*TransferError].
func PullBackbone(ctx context.Context, name string, s Source) (backbone.Added, error) {
	if err := s.Check(); err != nil {
		return backbone.Added{}, err
	}
	entry, known := backbone.LookUp(name)
	if !known {
		return backbone.Added{}, &backbone.UnknownError{Name: name}
	}
	if entry.Download == nil { // it is made here, and can only be installed already
		b, err := backbone.Resolve(name)
		return backbone.Added{Backbone: b, Steps: []string{name + " is installed already"}}, err
	}
	if s.URL == "" {
		var err error
		if s.URL, err = onMirror(entry.Download.URL); err != nil {
			return backbone.Added{}, err
		}
	}
	added, err := entry.Pull(ctx, backbone.PullOptions{URL: s.URL, From: s.From, Report: s.report})
	return added, s.failed(err, oneFile(entry.Download.URL, entry.Download.SHA256))
}

// PublicSet is a public set of labelled images.
type PublicSet = publicdata.Set

// PublicSets returns the sets that FetchSet knows, by name.
func PublicSets() []PublicSet { return publicdata.Sets() }

// FetchedSet tells what FetchSet has put into the folder.
type FetchedSet = publicdata.Fetched

// FetchSet downloads a public set of images into the folder dir, which must not
// hold anything else. With dropCorrupt, images that TensorFlow Datasets calls
// corrupt are left out. A failed transfer is a [*TransferError].
func FetchSet(ctx context.Context, set PublicSet, dir string, s Source, dropCorrupt bool) (FetchedSet, error) {
	if err := s.Check(); err != nil {
		return FetchedSet{}, err
	}
	if _, err := onMirror(set.Files[0].URLs[0]); err != nil {
		return FetchedSet{}, err
	}
	what := oneFile(set.Files[0].URLs[0], set.Files[0].SHA256)
	if len(set.Files) > 1 {
		what = fmt.Sprintf("a folder with the %d files that headstart datasets list --json names", len(set.Files))
	}
	got, err := set.Fetch(ctx, publicdata.Options{
		Dir: dir, Mirror: os.Getenv(MirrorVariable), URL: s.URL, From: s.From,
		TFDSCorrupt: dropCorrupt, Report: s.report,
	})
	return got, s.failed(err, what)
}

// TransferFailure is why a transfer failed.
type TransferFailure int

// The reasons why a transfer fails.
const (
	OtherFailure TransferFailure = iota
	Unreachable                  // no answer: the machine is offline, or the network does not allow it
	Broken                       // the same again may succeed; what has come is kept
	NotWritten                   // the disk did not take it; what has come is kept
	WrongContent                 // its SHA-256 is not the right one
)

// TransferError says why a file did not come.
type TransferError struct {
	Err    error
	Reason TransferFailure
	What   string // the file, for a user who gets it some other way
	From   string // of the Source
}

func (e *TransferError) Error() string { return e.Err.Error() }
func (e *TransferError) Unwrap() error { return e.Err }

func (s Source) failed(err error, what string) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	reason := OtherFailure
	switch {
	case errors.As(err, new(*download.UnreachableError)):
		reason = Unreachable
	case errors.As(err, new(*download.BrokenError)):
		reason = Broken
	case errors.As(err, new(*download.WriteError)):
		reason = NotWritten
	case errors.As(err, new(*download.DigestError)):
		reason = WrongContent
	}
	return &TransferError{err, reason, what, s.From}
}

// oneFile names a file for a user who gets it some other way.
func oneFile(address, sha256 string) string { return fmt.Sprintf("%s (SHA-256 %s)", address, sha256) }

// onMirror returns the address on the mirror that the environment names, if it
// names one.
func onMirror(address string) (string, error) {
	mirror := os.Getenv(MirrorVariable)
	if mirror == "" {
		return address, nil
	}
	moved, err := download.OnMirror(mirror, address)
	if err != nil {
		return "", fmt.Errorf("%s: %w", MirrorVariable, err)
	}
	return moved, nil
}
