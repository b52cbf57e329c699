package main

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/digitalinnovationone/headstart"
	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor/backbone"
	"github.com/digitalinnovationone/headstart/head"
	"github.com/digitalinnovationone/headstart/internal/wording"
)

// unknownClassError is a headstart.UnknownClassError of a command that can leave
// such images out.
type unknownClassError struct{ error }

func (e *unknownClassError) Unwrap() error { return e.error }

// hintFor returns what the user can do about an error, or "".
func hintFor(err error) string {
	var usage *usageError
	var mismatch *headstart.MismatchError
	var allSeen *headstart.AllSeenError
	var unknown *headstart.UnknownClassError
	var few *head.TooFewError
	var absent *backbone.NotInstalledError
	var damaged *backbone.DamagedError
	var transfer *headstart.TransferError
	var unreadable *unreadableError
	var nothing *headstart.NothingReadError
	var mixed *dataset.MixedError
	var output *headstart.OutputError
	switch {
	case errors.As(err, &transfer) && hintForTransfer(transfer) != "":
		return hintForTransfer(transfer)
	case errors.As(err, new(*otherHeadError)) && errors.Is(err, fs.ErrNotExist):
		return "the first time, when there is no such head yet, leave out --not-worse-than"
	case errors.As(err, &allSeen) && allSeen.OtherHead():
		return "train " + wording.Name(allSeen.Seen[1].Head) + " again with the same --test, or run once without --not-worse-than"
	case errors.As(err, &allSeen):
		return "give photos that the head was not trained on, or train it with --test 0.2, which holds some back"
	case errors.As(err, &mismatch):
		return hintForMismatch(mismatch)
	case errors.As(err, new(*unknownClassError)):
		return "--ignore-unknown-classes leaves out images of classes that a head, or that of --not-worse-than, does not know"
	case errors.As(err, &unknown):
		return "only classes of the train split are learnt: add images of " + wording.Name(unknown.Class) + " to it, or remove them from the other splits"
	case errors.As(err, &few):
		return "add images of " + wording.Name(few.Class)
	case errors.Is(err, head.ErrOneClass):
		return "a head needs at least two classes: DATA needs a folder for each of them, such as others/ beside cats/"
	case errors.Is(err, head.ErrNoVariance):
		return "lda needs classes of several different images: add some, or use another --head, such as logistic-unit"
	case errors.Is(err, headstart.ErrSameImages):
		return "if they are copies of one image, give different images of each class"
	case errors.As(err, new(*dataset.GroupTooLargeError)):
		return "raise --limit to the size of that group, or run without it"
	case errors.As(err, &usage):
		return "see " + usage.command + " -h"
	case errors.Is(err, headstart.ErrNoCUDA):
		return "run make setup-cuda in headstart's source folder and check that NVIDIA's driver is installed; or use --device cpu"
	case errors.Is(err, headstart.ErrNoRuntime):
		return "run make setup in headstart's source folder, or set " + headstart.RuntimeVariable + " to the file of the library"
	case errors.As(err, &absent):
		return remedyFor(absent.Entry) + " installs it; or give an ONNX file with --backbone FILE"
	case errors.As(err, new(*backbone.SizeError)):
		return "leave out --size, or use another backbone, such as efficientnet-lite0"
	case errors.As(err, &damaged):
		return remedyFor(damaged.Entry) + " installs it again; or give an ONNX file with --backbone FILE"
	case errors.Is(err, backbone.ErrNotInstalled):
		return "headstart backbones pull resnet50 installs one, make setup in headstart's source folder another; or give an ONNX file with --backbone FILE"
	case errors.As(err, &unreadable):
		return unreadable.reasons.hint()
	case errors.As(err, &nothing) && len(nothing.Unreadable) > 0:
		return reasonsOf(nothing.Unreadable).hint()
	case errors.Is(err, syscall.ENOSPC):
		return "free disk space and run the same command again: embeddings that were made are kept"
	case errors.As(err, new(*headstart.ClassWeightError)):
		return "--class-weight is the word balanced, or a CSV file with lines of class,weight"
	case errors.Is(err, syscall.EMFILE):
		return "allow the process more open files, ulimit -n 1024, and run the same command again"
	case errors.As(err, new(*headstart.NotStoreError)):
		return "use --store DIR with an empty or new folder, or with a store"
	case errors.Is(err, backbone.ErrChanged):
		return "run the same command again"
	case errors.Is(err, headstart.ErrInUse):
		return "wait until the other process ends"
	case errors.As(err, new(*headstart.StoreError)):
		return "use --store DIR to keep embeddings in another folder, or --no-store to keep none"
	case errors.As(err, new(*headstart.ResumeError)):
		return "use the head and the options (--json, --top, --unknown) of the run that began FILE, or choose another FILE"
	case errors.As(err, &output) && output.What == headstart.ExplanationsWhat:
		return "-o takes a new or empty folder, or a page whose name ends in .html"
	case errors.Is(err, headstart.ErrNoMap):
		return "maps need a backbone that ends in a mean over places, such as efficientnet-lite0 or resnet50: train a head on one"
	case errors.As(err, new(*headstart.OutputError)):
		return "choose another FILE, in a folder that exists and may be written to"
	case errors.As(err, new(*damagedStoreError)):
		return "headstart store verify --repair drops what is damaged and keeps the rest; then extract again"
	case errors.As(err, new(*headstart.RequestError)):
		return "send Arrow IPC record batches with a column content (binary) or path (string): see headstart worker -h"
	case errors.As(err, new(*headstart.HeadError)) && errors.Is(err, fs.ErrNotExist):
		return "headstart train-head DATA -o HEAD makes one"
	case errors.Is(err, head.ErrNotHead):
		return "give the HEAD that headstart train-head wrote, not a backbone or an exported model"
	case errors.As(err, new(*headstart.HeadError)):
		return "HEAD is the file that headstart train-head wrote, and comes before the images; if this is one, it is damaged: copy it again, or train again"
	case errors.As(err, new(*headstart.BackboneError)):
		return "give the backbone's ONNX file with --backbone FILE"
	case errors.As(err, new(*backbone.UnknownBlockError)):
		return "headstart backbones add finds the blocks of a network; --blocks last needs none"
	case errors.As(err, new(*backbone.UnknownError)):
		return "headstart backbones list shows the names; the path of an ONNX file works too"
	case errors.Is(err, dataset.ErrUnlabelled):
		return "put the images of each class in a folder of its own, pets/cats/1.jpg and pets/dogs/1.jpg, and give the folder that holds them: pets"
	case errors.As(err, &mixed):
		return fmt.Sprintf("if %s is a class and not a split, list the images in a manifest: a .csv file with the columns path and label", wording.Name(mixed.Split))
	case errors.Is(err, dataset.ErrEmpty), nothing != nil:
		return "training needs a folder with one folder of images per class; scoring takes any folder of images"
	}
	return ""
}

func hintForMismatch(e *headstart.MismatchError) string {
	if e.Given.Name == e.TrainedOn.Backbone.Name {
		return "give the file that the head was trained with, --backbone FILE; if that has changed since, train the head again"
	}
	return fmt.Sprintf("use --backbone %s, or train a head with --backbone %s", e.TrainedOn.Backbone.Name, e.Given.Path)
}

func hintForTransfer(e *headstart.TransferError) string {
	switch e.Reason {
	case headstart.Unreachable:
		return "go online and run the same command again; or name a host that can be reached with " + headstart.MirrorVariable + "=https://HOST or --url URL; or get " + e.What + " some other way and pass it with --from"
	case headstart.Broken:
		return "run the same command again: what was downloaded is kept"
	case headstart.NotWritten:
		return "free disk space and run the same command again: what was downloaded is kept"
	case headstart.WrongContent:
		if e.From != "" {
			return "the expected file is " + e.What
		}
		return "run the same command again; if that does not help, the file there has changed: get " + e.What + " elsewhere with --url or --from"
	}
	return ""
}
