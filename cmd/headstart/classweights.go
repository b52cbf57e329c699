package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/digitalinnovationone/headstart/head"
)

// balanced is the value of --class-weight that is no file.
const balanced = "balanced"

// classWeights says how much the images of each class count by --class-weight.
// The zero value is all alike.
type classWeights struct {
	balanced bool
	byClass  map[string]float64 // 1 for those it leaves out
}

// readClassWeights reads what the option stands for; classes are all that there
// are.
func readClassWeights(option string, classes []string) (classWeights, error) {
	switch option {
	case "":
		return classWeights{}, nil
	case balanced:
		return classWeights{balanced: true}, nil
	}
	file, err := os.Open(option)
	if err != nil {
		return classWeights{}, &classWeightError{option, err}
	}
	defer file.Close()
	byClass, err := parseClassWeights(file, classes)
	if err != nil {
		return classWeights{}, &classWeightError{option, err}
	}
	return classWeights{byClass: byClass}, nil
}

// rows returns the weight of each image, nil for all alike. labels are indices
// into classes.
func (w classWeights) rows(labels []int, classes []string) []float64 {
	switch {
	case w.balanced:
		return head.Balanced(labels, len(classes))
	case w.byClass == nil:
		return nil
	}
	weights := slices.Repeat([]float64{1}, len(labels))
	for i, label := range labels {
		if weight, given := w.byClass[classes[label]]; given {
			weights[i] = weight
		}
	}
	return weights
}

// parseClassWeights reads CSV lines of class,weight, with or without these names
// as a header.
func parseClassWeights(r io.Reader, classes []string) (map[string]float64, error) {
	weights := make(map[string]float64)
	lines := csv.NewReader(r)
	lines.FieldsPerRecord = 2
	for first := true; ; first = false {
		fields, err := lines.Read()
		if err == io.EOF {
			return weights, nil
		}
		if err != nil {
			return nil, err
		}
		line, _ := lines.FieldPos(0)
		if first && fields[0] == "class" && fields[1] == "weight" {
			continue
		}
		class := fields[0]
		weight, err := strconv.ParseFloat(strings.TrimSpace(fields[1]), 64)
		_, given := weights[class]
		switch {
		case !slices.Contains(classes, class):
			return nil, fmt.Errorf("line %d: the data has no class %q, only %s", line, class, listed(classes))
		case given:
			return nil, fmt.Errorf("line %d: class %q has a weight already", line, class)
		case err != nil || !(weight > 0 && weight <= math.MaxFloat32):
			return nil, fmt.Errorf("line %d: weight %q is not a positive number", line, fields[1])
		}
		weights[class] = weight
	}
}

// classWeightError says that the file of --class-weight is of no use.
type classWeightError struct {
	path  string
	cause error
}

func (e *classWeightError) Error() string {
	return fmt.Sprintf("cannot read class weights %s: %v", e.path, withoutPath(e.cause))
}
func (e *classWeightError) Unwrap() error { return e.cause }
