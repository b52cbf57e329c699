package headstart

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/internal/pathjson"
)

// predictionsFormats write the predictions of some classes, by the extension of
// the file.
var predictionsFormats = map[string]func(w io.Writer, classes []string) predictionsWriter{
	".csv":     newPredictionsCSV,
	".jsonl":   newPredictionsJSON,
	".parquet": newPredictionsParquet,
}

// A predictionsWriter writes rows as they come.
type predictionsWriter interface {
	write(*HeldOutPrediction) error
	close() error
}

// CheckPredictions is [CheckOutput] for a file of predictions. Before that it
// refuses a name that ends in none of .csv, .jsonl and .parquet, with an
// [*ExtensionError].
func CheckPredictions(path string, inputs ...string) error {
	if predictionsFormats[extension(path)] == nil {
		return &ExtensionError{path}
	}
	return CheckOutput(PredictionsFile, path, inputs...)
}

// ExtensionError says that the format of a file cannot be told from its name.
type ExtensionError struct{ Path string }

func (e *ExtensionError) Error() string {
	return e.Path + ": the name must end in .csv, .jsonl or .parquet"
}

func extension(path string) string { return strings.ToLower(filepath.Ext(path)) }

// WritePredictions writes the report's Predictions to the file at path, a row
// for each, atomically. The format is that of the extension: CSV, JSON Lines or
// Parquet. The columns are path, label, group, split, fold, class, probability,
// p_CLASS for each class (in JSON Lines an object, probabilities), unknown,
// label_probability and label_error. What is not known is empty in CSV, and null
// otherwise.
func (r *TrainReport) WritePredictions(ctx context.Context, path string) error {
	format := predictionsFormats[extension(path)]
	if format == nil {
		return &ExtensionError{path}
	}
	err := write(PredictionsFile, path, func(w io.Writer) error {
		large := bufio.NewWriterSize(w, 1<<18)
		rows := format(large, r.Classes)
		for p, err := range r.Predictions(ctx) {
			if err != nil {
				return err
			}
			if err := rows.write(&p); err != nil {
				return err
			}
		}
		if err := rows.close(); err != nil {
			return err
		}
		return large.Flush()
	})
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// isPredictions reports whether a file that begins with start, as one of
// predictions may, is one. Manifests and tables begin alike.
func isPredictions(path string, start []byte) bool {
	switch start[0] {
	case '{':
		line, _, _ := bytes.Cut(start, []byte{'\n'})
		return bytes.Contains(line, []byte(`,"fold":`))
	case 'P':
		return isPredictionsParquet(path)
	}
	return true
}

// probabilityColumns names a column for each class.
func probabilityColumns(classes []string) []string {
	columns := make([]string, len(classes))
	for k, class := range classes {
		columns[k] = "p_" + class
	}
	return columns
}

type predictionsCSV struct {
	classes int
	csv     *csv.Writer
	row     []string
}

func newPredictionsCSV(w io.Writer, classes []string) predictionsWriter {
	f := &predictionsCSV{classes: len(classes), csv: csv.NewWriter(w)}
	_ = f.csv.Write(append(append(strings.Split(predictionsPrefix, ","), probabilityColumns(classes)...), "unknown", "label_probability", "label_error")) // close tells
	return f
}

// predictionsPrefix is what the header of a CSV file begins with.
const predictionsPrefix = "path,label,group,split,fold,class,probability"

func (f *predictionsCSV) write(p *HeldOutPrediction) error {
	row := append(f.row[:0], csvText(p.Path), csvText(p.Label), csvText(p.Group), string(p.Split))
	fold := ""
	if p.Fold >= 0 {
		fold = strconv.Itoa(p.Fold)
	}
	row = append(row, fold, csvText(p.Class))
	if p.Scored {
		row = append(row, csvExact(p.Probability))
		for _, probability := range p.Probabilities {
			row = append(row, csvExact(probability))
		}
	} else {
		row = append(row, make([]string, 1+f.classes)...)
	}
	ofLabel := ""
	if p.Scored {
		ofLabel = csvExact(p.LabelProbability)
	}
	f.row = append(row, csvExact(p.UnknownScore), ofLabel, csvExact(p.LabelError))
	return f.csv.Write(f.row)
}

func (f *predictionsCSV) close() error {
	f.csv.Flush()
	return f.csv.Error()
}

// csvExact has nine digits of however small a number: images are ranked by them.
// NaN is an empty cell.
func csvExact(v float64) string {
	if math.IsNaN(v) {
		return ""
	}
	return strconv.FormatFloat(v, 'g', 9, 64)
}

type predictionsJSON struct {
	classes []string
	json    *json.Encoder
}

// predictionLine is a line of JSON. What is not known is null.
type predictionLine struct {
	Path             pathjson.String    `json:"path"`
	Label            pathjson.String    `json:"label"`
	Group            pathjson.String    `json:"group"`
	Split            dataset.Split      `json:"split"`
	Fold             *int               `json:"fold"`
	Class            *string            `json:"class"`
	Probability      *float64           `json:"probability"`
	Probabilities    map[string]float64 `json:"probabilities"`
	Unknown          *float64           `json:"unknown"`
	LabelProbability *float64           `json:"label_probability"`
	LabelError       *float64           `json:"label_error"`
}

func newPredictionsJSON(w io.Writer, classes []string) predictionsWriter {
	f := &predictionsJSON{classes, json.NewEncoder(w)}
	f.json.SetEscapeHTML(false)
	return f
}

func (f *predictionsJSON) write(p *HeldOutPrediction) error {
	line := predictionLine{Path: pathjson.String(p.Path), Label: pathjson.String(p.Label), Group: pathjson.String(p.Group), Split: p.Split}
	if p.Fold >= 0 {
		line.Fold = &p.Fold
	}
	if !math.IsNaN(p.UnknownScore) {
		line.Unknown = &p.UnknownScore
	}
	if !math.IsNaN(p.LabelError) {
		line.LabelError = &p.LabelError
	}
	if p.Scored {
		line.Class, line.Probability, line.LabelProbability = &p.Class, &p.Probability, &p.LabelProbability
		line.Probabilities = make(map[string]float64, len(f.classes))
		for k, probability := range p.Probabilities {
			line.Probabilities[f.classes[k]] = probability
		}
	}
	if err := f.json.Encode(line); err != nil {
		return fmt.Errorf("%s: %w", p.Path, err)
	}
	return nil
}

func (f *predictionsJSON) close() error { return nil }
