package main

import (
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/digitalinnovationone/headstart"
	"github.com/digitalinnovationone/headstart/dataset"
)

// reasons are errors of unreadable images, one for each remedy.
type reasons []error

type remedy struct {
	reason error
	text   string
}

// remedies are what the user can do, by reason; the last is for all others.
var remedies = []remedy{
	{fs.ErrNotExist, "check the paths of files that do not exist"},
	{fs.ErrPermission, "change the permissions of files that may not be read"},
	{headstart.ErrTooManyPixels, "--max-pixels N allows larger images"},
	{headstart.ErrTooMuchMemory, "--memory MB allows images that need more memory"},
	{dataset.ErrNoPath, "give paths in the manifest, or extract the embeddings where the images are"},
	{headstart.ErrRemembered, "repair or remove unreadable images; extract --retry-unreadable tries again those remembered as unreadable"},
	{nil, "repair or remove unreadable images"},
}

// remedyOf returns the index of the remedy for an unreadable image.
func remedyOf(err error) int {
	return slices.IndexFunc(remedies, func(r remedy) bool { return r.reason == nil || errors.Is(err, r.reason) })
}

// reasonsOf returns the reasons for which images are unreadable.
func reasonsOf(images []headstart.Unreadable) (r reasons) {
	for _, u := range images {
		r.add(u.Err)
	}
	return r
}

func (r *reasons) add(err error) {
	if !slices.ContainsFunc(*r, func(e error) bool { return remedyOf(e) == remedyOf(err) }) {
		*r = append(*r, err)
	}
}

// unreadable returns an image for each of the reasons.
func (r reasons) unreadable() (images []headstart.Unreadable) {
	for _, err := range r {
		images = append(images, headstart.Unreadable{Err: err})
	}
	return images
}

// hint returns what the user can do about all of them.
func (r reasons) hint() string {
	known := make([]bool, len(remedies))
	for _, err := range r {
		known[remedyOf(err)] = true
	}
	if last := len(remedies) - 1; known[last-1] { // which says the same, and more
		known[last] = false
	}
	var hints []string
	for i, remedy := range remedies {
		if known[i] {
			hints = append(hints, remedy.text)
		}
	}
	return strings.Join(hints, "; ")
}
