package headstart

import (
	"slices"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor"
	"github.com/digitalinnovationone/headstart/extractor/imageio"
)

// labelsOf returns the index of each sample's label in classes, whichever Unicode
// form both are in.
func labelsOf(samples []dataset.Sample, classes []string) ([]int, error) {
	index := make(map[string]int, len(classes))
	for i, class := range classes {
		index[class] = i
	}
	labels := make([]int, len(samples))
	for i, s := range samples {
		label, known := index[s.Label]
		if !known {
			label = dataset.FindClass(classes, s.Label)
			index[s.Label] = label
		}
		if label < 0 {
			return nil, &UnknownClassError{s.Path, s.Label, classes}
		}
		labels[i] = label
	}
	return labels, nil
}

// checkLabels refuses, before minutes of work, images of classes that a head
// does not know. A file that may be skipped is not known to be an image yet, and
// a folder that could not be listed has no label.
func checkLabels(samples []dataset.Sample, classes []string) error {
	images := slices.DeleteFunc(slices.Clone(samples), func(s dataset.Sample) bool {
		return s.UnreadableDir || extractor.Result{Sample: s, Err: imageio.ErrNotImage}.Skipped()
	})
	_, err := labelsOf(images, classes)
	return err
}
