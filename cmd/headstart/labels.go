package main

import (
	"fmt"
	"slices"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor"
	"github.com/digitalinnovationone/headstart/extractor/imageio"
)

// labelsOf returns the index of each sample's label in classes.
func labelsOf(samples []dataset.Sample, classes []string) ([]int, error) {
	index := make(map[string]int, len(classes))
	for i, class := range classes {
		index[class] = i
	}
	labels := make([]int, len(samples))
	for i, s := range samples {
		label, found := index[s.Label]
		if !found {
			return nil, fmt.Errorf("%s: the head knows no class %q, only %s", printable(s.Path), s.Label, listed(classes))
		}
		labels[i] = label
	}
	return labels, nil
}

// checkLabels refuses, before minutes of work, images of classes that a head
// does not know. A file that may be passed over is none for certain yet, and a
// folder that could not be listed is none.
func checkLabels(samples []dataset.Sample, classes []string) error {
	images := slices.DeleteFunc(slices.Clone(samples), func(s dataset.Sample) bool {
		return s.UnreadableDir || extractor.Result{Sample: s, Err: imageio.ErrNotImage}.PassedOver()
	})
	_, err := labelsOf(images, classes)
	return err
}
