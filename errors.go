package headstart

import (
	"errors"
	"fmt"

	"github.com/digitalinnovationone/headstart/extractor"
	"github.com/digitalinnovationone/headstart/extractor/backbone"
	"github.com/digitalinnovationone/headstart/extractor/imageio"
	"github.com/digitalinnovationone/headstart/head"
	"github.com/digitalinnovationone/headstart/internal/patherr"
	"github.com/digitalinnovationone/headstart/internal/wording"
)

// HeadError says that a head file cannot be read.
type HeadError struct{ Err error }

func (e *HeadError) Error() string { return e.Err.Error() }
func (e *HeadError) Unwrap() error { return e.Err }

// BackboneError says that the backbone of a head is not available.
type BackboneError struct {
	Head string // its file
	Err  error
}

func (e *BackboneError) Error() string {
	return fmt.Sprintf("head %s needs its backbone: %v", e.Head, e.Err)
}
func (e *BackboneError) Unwrap() error { return e.Err }

// MismatchError says that a head was trained on other embeddings than those
// that the backbone makes.
type MismatchError struct {
	Head      string    // its file
	TrainedOn head.Meta // of the head
	Given     backbone.Backbone
}

func (e *MismatchError) Error() string {
	return fmt.Sprintf("head %s does not match backbone %s: it was trained on embeddings of %s (spec %.12s), and the backbone makes embeddings of spec %.12s",
		e.Head, e.Given.Name, e.TrainedOn.Backbone.Name, e.TrainedOn.SpecHash, extractor.SpecOf(e.Given).Hash())
}

// StoreError says that a store cannot be opened.
type StoreError = extractor.StoreError

// ImageError says why an image in memory cannot be read: the reason is in its
// bytes, or in a limit that they exceed.
type ImageError = extractor.ImageError

// An unreadable image's Err matches one of these where an option decides.
var (
	ErrTooManyPixels = imageio.ErrTooManyPixels // Config.MaxPixels
	ErrTooMuchMemory = imageio.ErrTooMuchMemory // Config.Memory
	ErrRemembered    = extractor.ErrRemembered  // Config.RetryUnreadable
)

// ErrSameImages says that there is nothing to tell classes apart by.
var ErrSameImages = errors.New("all training images have the same embedding")

// NothingReadError says that none of some files is an image that can be read.
type NothingReadError struct {
	Files      int
	Unreadable []Unreadable // of them, those that are or may be images
}

func (e *NothingReadError) Error() string {
	if e.Files == 1 {
		return "the only file could not be read"
	}
	return fmt.Sprintf("none of %d files could be read", e.Files)
}

// UnknownClassError says that an image has a label which a head does not know.
type UnknownClassError struct {
	Path    string
	Class   string
	Classes []string // of the head
}

func (e *UnknownClassError) Error() string {
	return fmt.Sprintf("%s: the head has no class %q, only %s", wording.Name(e.Path), e.Class, wording.Quoted(e.Classes))
}

// ResumeError says why [Classifier.AppendScores] cannot add to a file: it holds
// something else, or scores of another head or in another ScoreFormat.
type ResumeError struct{ Err error }

func (e *ResumeError) Error() string { return e.Err.Error() }
func (e *ResumeError) Unwrap() error { return e.Err }

// OutputError says that a result cannot be written to a file.
type OutputError struct {
	What string // such as "head" or "scores"
	Path string
	Err  error
}

func (e *OutputError) Error() string {
	return fmt.Sprintf("cannot write %s %s: %v", e.What, e.Path, patherr.Strip(e.Err))
}
func (e *OutputError) Unwrap() error { return e.Err }
