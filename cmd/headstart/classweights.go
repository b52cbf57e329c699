package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/digitalinnovationone/headstart/head"
)

// balanced is the value of --class-weight that is no file.
const balanced = "balanced"

// rowWeights returns how much each image counts by --class-weight, nil for all
// alike.
func rowWeights(option string, labels []int, classes []string) ([]float64, error) {
	switch option {
	case "":
		return nil, nil
	case balanced:
		return head.Balanced(labels, len(classes)), nil
	}
	file, err := os.Open(option)
	if err != nil {
		return nil, &classWeightError{option, err}
	}
	defer file.Close()
	byClass, err := readClassWeights(file, classes)
	if err != nil {
		return nil, &classWeightError{option, err}
	}
	weights := make([]float64, len(labels))
	for i, label := range labels {
		weights[i] = byClass[label]
	}
	return weights, nil
}

// readClassWeights reads CSV lines of class,weight, with or without these names
// as a header.
func readClassWeights(r io.Reader, classes []string) ([]float64, error) {
	weights := slices.Repeat([]float64{1}, len(classes))
	given := make([]bool, len(classes))
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
		class := slices.Index(classes, fields[0])
		weight, err := strconv.ParseFloat(strings.TrimSpace(fields[1]), 64)
		switch {
		case class < 0:
			return nil, fmt.Errorf("line %d: the data has no class %q, only %s", line, fields[0], listed(classes))
		case given[class]:
			return nil, fmt.Errorf("line %d: class %q has a weight already", line, fields[0])
		case err != nil || !(weight > 0 && weight <= math.MaxFloat32):
			return nil, fmt.Errorf("line %d: weight %q is not a positive number", line, fields[1])
		}
		weights[class], given[class] = weight, true
	}
}

// classWeightError says that the file of --class-weight is of no use.
type classWeightError struct {
	path  string
	cause error
}

func (e *classWeightError) Error() string {
	cause := e.cause
	if named, ok := errors.AsType[*fs.PathError](cause); ok {
		cause = named.Err
	}
	return fmt.Sprintf("cannot read class weights %s: %v", e.path, cause)
}
func (e *classWeightError) Unwrap() error { return e.cause }
