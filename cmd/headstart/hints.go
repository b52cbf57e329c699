package main

import (
	"errors"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor/backbone"
	"github.com/digitalinnovationone/headstart/internal/ort"
)

// hintFor returns the way on after an error, where there is one to name.
func hintFor(err error) string {
	var usage *usageError
	switch {
	case errors.As(err, &usage):
		return "headstart COMMAND -h shows how it is used"
	case errors.Is(err, ort.ErrNoLibrary):
		return "run make setup in headstart's source folder, or set " + ort.LibraryVariable + " to the file of the library"
	case errors.Is(err, backbone.ErrNotInstalled):
		return "run make setup in headstart's source folder, or give an ONNX file with --backbone FILE"
	case errors.Is(err, dataset.ErrUnlabelled):
		return "put the images of each class in a folder of its own: pets/cats/1.jpg, pets/dogs/1.jpg"
	case errors.Is(err, dataset.ErrEmpty):
		return "DATA is a folder with one folder of images per class"
	}
	return ""
}
