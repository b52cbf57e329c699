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

// CanHoldPredictions reports whether WritePredictions knows the format of a file
// by its name.
func CanHoldPredictions(path string) bool { return predictionsFormats[extension(path)] != nil }

func extension(path string) string { return strings.ToLower(filepath.Ext(path)) }

// WritePredictions writes the report's Predictions to the file at path, a row
// for each, atomically. The format is that of the extension: .csv, .jsonl (JSON
// Lines) or .parquet. The columns are path, label, group, split, fold, class,
// probability, p_CLASS for each class (in JSON Lines an object, probabilities),
// unknown, label_probability and label_error. What is not known is empty in CSV,
// and null otherwise.
func (r *TrainReport) WritePredictions(ctx context.Context, path string) error {
	err := write(PredictionsFile, path, func(w io.Writer) error {
		large := bufio.NewWriterSize(w, 1<<18)
		rows := predictionsFormats[extension(path)](large, r.Classes)
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

// predictionsPrefix is what the header of a CSV file begins with.
const predictionsPrefix = "path,label,group,split,fold,class,probability"

// predictionColumns are the columns of a table. From the seventh on they are
// numbers: see HeldOutPrediction.numbers.
func predictionColumns(classes []string) []string {
	columns := strings.Split(predictionsPrefix, ",")
	for _, class := range classes {
		columns = append(columns, "p_"+class)
	}
	return append(columns, "unknown", "label_probability", "label_error")
}

// numbers appends the numbers of a row of a table, NaN for those that are not known.
func (p *HeldOutPrediction) numbers(row []float64, classes int) []float64 {
	row = append(row, p.Probability)
	for k := range classes {
		if k < len(p.Probabilities) {
			row = append(row, p.Probabilities[k])
		} else {
			row = append(row, math.NaN())
		}
	}
	return append(row, p.UnknownScore, p.LabelProbability, p.LabelError)
}

type predictionsCSV struct {
	classes int
	csv     *csv.Writer
	row     []string
	numbers []float64
}

func newPredictionsCSV(w io.Writer, classes []string) predictionsWriter {
	f := &predictionsCSV{classes: len(classes), csv: csv.NewWriter(w)}
	_ = f.csv.Write(predictionColumns(classes)) // close tells
	return f
}

func (f *predictionsCSV) write(p *HeldOutPrediction) error {
	fold := ""
	if p.Fold >= 0 {
		fold = strconv.Itoa(p.Fold)
	}
	f.row = append(f.row[:0], csvText(p.Path), csvText(p.Label), csvText(p.Group), string(p.Split), fold, csvText(p.Class))
	f.numbers = p.numbers(f.numbers[:0], f.classes)
	for _, v := range f.numbers {
		f.row = append(f.row, csvExact(v))
	}
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
	line := predictionLine{
		Path: pathjson.String(p.Path), Label: pathjson.String(p.Label), Group: pathjson.String(p.Group), Split: p.Split,
		Probability: numberOrNil(p.Probability), Unknown: numberOrNil(p.UnknownScore),
		LabelProbability: numberOrNil(p.LabelProbability), LabelError: numberOrNil(p.LabelError),
	}
	if p.Fold >= 0 {
		line.Fold = &p.Fold
	}
	if p.Class != "" {
		line.Class = &p.Class
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

// numberOrNil is nil for NaN, which JSON cannot hold.
func numberOrNil(v float64) *float64 {
	if math.IsNaN(v) {
		return nil
	}
	return &v
}
