package headstart

import (
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/head"
	"github.com/digitalinnovationone/headstart/internal/patherr"
	"github.com/digitalinnovationone/headstart/internal/sheet"
	"github.com/digitalinnovationone/headstart/internal/wording"
)

// ClassWeights says how much the images of each class count in training; an
// image's own weight, see dataset.Sample, is multiplied with it. In the zero value
// all images count the same.
type ClassWeights struct {
	Balanced bool               // every class counts the same, however many images it has: see head.Balanced
	ByClass  map[string]float64 // positive; 1 for classes that it leaves out

	path  string         // of the file they are from, if they are
	lines map[string]int // of each class, in the file
}

// check refuses weights of other classes, and those that are not positive.
func (w ClassWeights) check(classes []string) error {
	for _, class := range slices.Sorted(maps.Keys(w.ByClass)) {
		if dataset.FindClass(classes, class) < 0 {
			return w.wrong(class, "the data has no class %q, only %s", class, wording.Quoted(classes))
		}
		if weight := w.ByClass[class]; !(weight > 0 && weight <= math.MaxFloat32) {
			return w.wrong(class, "weight %v of class %q is not a positive number", weight, class)
		}
	}
	return nil
}

// wrong returns the error for the weight of a class.
func (w ClassWeights) wrong(class, format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	if line := w.lines[class]; line > 0 {
		err = fmt.Errorf("line %d: %w", line, err)
	}
	return &ClassWeightError{w.path, err}
}

// rowWeights returns how much each sample counts in training: its own weight times
// that of its class. It is nil if all count the same. labels are indices into
// classes.
func rowWeights(samples []dataset.Sample, labels []int, classes []string, w ClassWeights) []float64 {
	own := slices.ContainsFunc(samples, func(s dataset.Sample) bool { return s.Weight != nil })
	if !own && !w.Balanced && w.ByClass == nil {
		return nil
	}
	weights := slices.Repeat([]float64{1}, len(labels))
	byClass := make(map[int]float64, len(w.ByClass))
	for _, class := range slices.Sorted(maps.Keys(w.ByClass)) {
		byClass[dataset.FindClass(classes, class)] = w.ByClass[class]
	}
	if w.Balanced {
		weights = head.Balanced(labels, len(classes))
	}
	for i, label := range labels {
		if weight, given := byClass[label]; given && !w.Balanced {
			weights[i] = weight
		}
		if own := samples[i].Weight; own != nil {
			weights[i] *= *own
		}
	}
	return weights
}

// ReadClassWeights reads a CSV file with lines of class,weight, with or without
// these names as a header; semicolons or tabs may separate them. Its error is a
// [*ClassWeightError].
func ReadClassWeights(path string) (ClassWeights, error) {
	file, err := os.Open(path)
	if err != nil {
		return ClassWeights{}, &ClassWeightError{path, err}
	}
	defer file.Close()
	w := ClassWeights{ByClass: map[string]float64{}, path: path, lines: map[string]int{}}
	if err := w.parse(file); err != nil {
		return ClassWeights{}, &ClassWeightError{path, err}
	}
	return w, nil
}

func (w ClassWeights) parse(r io.Reader) error {
	const longest = 1 << 16 // bytes of a line
	lines := sheet.NewReader(r, longest, looksLikeWeights)
	for first := true; ; first = false {
		fields, line, err := lines.Read()
		switch {
		case err == io.EOF:
			return nil
		case err == nil && len(fields) != 2:
			err = fmt.Errorf("%s instead of two, a class and its weight", wording.Count(len(fields), "value", "values"))
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", line, err)
		}
		class := dataset.ClassName(strings.TrimSpace(fields[0]))
		if first && isWeightHeader(fields) {
			continue
		}
		weight, err := sheet.Number(fields[1], lines.Separator)
		_, given := w.ByClass[class]
		switch {
		case given:
			return fmt.Errorf("line %d: class %q has a weight already", line, class)
		case err != nil || !(weight > 0 && weight <= math.MaxFloat32):
			return fmt.Errorf("line %d: weight %.40q is not a positive number", line, fields[1])
		}
		w.ByClass[class], w.lines[class] = weight, line
	}
}

func isWeightHeader(fields []string) bool {
	return strings.EqualFold(strings.TrimSpace(fields[0]), "class") && strings.EqualFold(strings.TrimSpace(fields[1]), "weight")
}

// looksLikeWeights prefers separators that make a class and its weight of the
// first line, and of those others than the comma, which may stand in a number.
func looksLikeWeights(first []string, separator byte) int {
	if len(first) != 2 {
		return 0
	}
	_, err := sheet.Number(first[1], separator)
	switch {
	case err != nil && !isWeightHeader(first):
		return 1
	case separator == ',':
		return 2
	}
	return 3
}

// ClassWeightError says that class weights cannot be used.
type ClassWeightError struct {
	Path string // of their file, if they are from one
	Err  error
}

func (e *ClassWeightError) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("cannot use the class weights: %v", e.Err)
	}
	return fmt.Sprintf("cannot read class weights %s: %v", e.Path, patherr.Strip(e.Err))
}
func (e *ClassWeightError) Unwrap() error { return e.Err }
