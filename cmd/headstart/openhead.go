package main

import (
	"fmt"

	"github.com/digitalinnovationone/headstart/extractor"
	"github.com/digitalinnovationone/headstart/extractor/backbone"
	"github.com/digitalinnovationone/headstart/head"
)

// openHead reads a head and makes the extractor of the embeddings that it was
// trained on. The caller closes the extractor.
func (e *extraction) openHead(path string) (*head.Head, *extractor.Extractor, error) {
	h, b, err := e.resolveHead(path)
	if err != nil {
		return nil, nil, err
	}
	x, err := e.open(b)
	return h, x, err
}

// resolveHead reads a head and finds its backbone.
func (e *extraction) resolveHead(path string) (*head.Head, backbone.Backbone, error) {
	h, err := head.Read(path)
	if err != nil {
		return nil, backbone.Backbone{}, &headError{err}
	}
	name := e.backbone
	if name == backbone.Auto {
		name = h.Meta.Backbone.Name
	}
	b, err := backbone.Resolve(name)
	if err != nil {
		return nil, backbone.Backbone{}, &backboneError{path, err}
	}
	if extractor.SpecOf(b).Hash() != h.Meta.SpecHash {
		return nil, backbone.Backbone{}, &mismatchError{path: path, trainedOn: h.Meta, given: b}
	}
	return h, b, nil
}

// headError says that a head file cannot be read.
type headError struct{ error }

func (e *headError) Unwrap() error { return e.error }

// backboneError says that a head's backbone is not to be had.
type backboneError struct {
	head  string
	cause error
}

func (e *backboneError) Error() string {
	return fmt.Sprintf("head %s needs its backbone: %v", e.head, e.cause)
}
func (e *backboneError) Unwrap() error { return e.cause }

// mismatchError says that a head was trained on other embeddings than the
// backbone makes.
type mismatchError struct {
	path      string
	trainedOn head.Meta
	given     backbone.Backbone
}

func (e *mismatchError) Error() string {
	return fmt.Sprintf("head %s and backbone %s do not belong together: the head was trained on the embeddings of %s (spec %.12s), the backbone makes those of spec %.12s",
		e.path, e.given.Name, e.trainedOn.Backbone.Name, e.trainedOn.SpecHash, extractor.SpecOf(e.given).Hash())
}

func (e *mismatchError) hint() string {
	if e.given.Name == e.trainedOn.Backbone.Name {
		return "give the file that the head was trained with, --backbone FILE; if that has changed since, train the head again"
	}
	return fmt.Sprintf("use --backbone %s, or train a head with --backbone %s", e.trainedOn.Backbone.Name, e.given.Path)
}
