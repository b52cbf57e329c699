package main

import (
	"errors"
	"io/fs"
	"syscall"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor/backbone"
	"github.com/digitalinnovationone/headstart/head"
	"github.com/digitalinnovationone/headstart/internal/filelock"
	"github.com/digitalinnovationone/headstart/internal/ort"
)

// hintFor returns the way on after an error, where there is one to name.
func hintFor(err error) string {
	var usage *usageError
	var mismatch *mismatchError
	var few *head.TooFewError
	var absent *backbone.NotInstalledError
	var damaged *backbone.DamagedError
	if transfer, ok := errors.AsType[*transferError](err); ok && transfer.hint() != "" {
		return transfer.hint()
	}
	switch {
	case errors.As(err, &mismatch):
		return mismatch.hint()
	case errors.As(err, &few):
		return "add images of " + printable(few.Class) + ", or give -C 0.01 to train without cross-validation"
	case errors.Is(err, head.ErrOneClass):
		return "a head tells classes apart: DATA needs a folder for each of two classes or more, such as others/ beside cats/"
	case errors.As(err, &usage):
		return usage.command + " -h shows how it is used"
	case errors.Is(err, ort.ErrNoCUDA):
		return "run make setup-cuda in headstart's source folder and see that NVIDIA's driver is installed; --device cpu does without"
	case errors.Is(err, ort.ErrNoLibrary):
		return "run make setup in headstart's source folder, or set " + ort.LibraryVariable + " to the file of the library"
	case errors.As(err, &absent):
		return remedyFor(absent.Entry) + " brings it; or give an ONNX file with --backbone FILE"
	case errors.As(err, &damaged):
		return remedyFor(damaged.Entry) + " brings it anew; or give an ONNX file with --backbone FILE"
	case errors.Is(err, backbone.ErrNotInstalled):
		return "headstart backbones pull resnet50 brings one, make setup in headstart's source folder another; or give an ONNX file with --backbone FILE"
	case errors.As(err, new(*unreadableError)), errors.As(err, new(*nothingReadError)):
		return "mend or remove them; extract --retry-unreadable tries again what is remembered as unreadable, --max-pixels lets larger images through"
	case errors.Is(err, syscall.ENOSPC):
		return "make room on the disk and run the same command again: embeddings that were made are kept"
	case errors.As(err, new(*closedStoreError)):
		return "--store DIR keeps embeddings in another folder"
	case errors.As(err, new(*classWeightError)):
		return "--class-weight is the word balanced, or a CSV file with lines of class,weight"
	case errors.Is(err, filelock.ErrHeld):
		return "let the other one end first"
	case errors.As(err, new(*outputError)):
		return "choose another FILE, in a folder that exists and may be written to"
	case errors.As(err, new(*damagedStoreError)):
		return "headstart store verify --repair drops what is damaged and keeps the rest; then extract again"
	case errors.As(err, new(*headError)) && errors.Is(err, fs.ErrNotExist):
		return "headstart train-head DATA -o HEAD makes one"
	case errors.Is(err, head.ErrNotHead):
		return "give the HEAD that headstart train-head wrote, not a backbone or a model of headstart export"
	case errors.As(err, new(*headError)):
		return "HEAD is the file that headstart train-head wrote, and comes before the images; if this one was, it is damaged: copy it again, or train again"
	case errors.As(err, new(*backboneError)):
		return "give the backbone's ONNX file with --backbone FILE"
	case errors.As(err, new(*backbone.UnknownError)):
		return "headstart backbones list shows the names; the path of an ONNX file does as well"
	case errors.Is(err, dataset.ErrUnlabelled):
		return "put the images of each class in a folder of its own, pets/cats/1.jpg and pets/dogs/1.jpg, and give the folder that holds these: pets"
	case errors.Is(err, dataset.ErrEmpty):
		return "to train, a folder with one folder of images per class is needed; to score, any folder of images"
	}
	return ""
}
