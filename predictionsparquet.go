package headstart

import (
	"io"
	"math"
	"os"
	"reflect"
	"strings"

	"github.com/parquet-go/parquet-go"
)

// predictionsParquet writes a Parquet file of typed columns. In strings, bytes
// that are not UTF-8 are replaced.
type predictionsParquet struct {
	classes int
	file    *parquet.GenericWriter[any]
	row     parquet.Row
}

// groupValues is how many values a row group has, which the writer holds in
// memory: 16 MB of them.
const groupValues = 2 << 20

func newPredictionsParquet(w io.Writer, classes []string) predictionsWriter {
	text := parquet.Encoded(parquet.String(), &parquet.RLEDictionary)
	optional := parquet.Optional(parquet.Leaf(parquet.DoubleType))
	columns := columnsInOrder{
		{parquet.String(), "path"}, {text, "label"}, {text, "group"}, {text, "split"},
		{parquet.Optional(parquet.Int(32)), "fold"}, {parquet.Optional(text), "class"}, {optional, "probability"},
	}
	for _, name := range probabilityColumns(classes) {
		columns = append(columns, column{optional, validUTF8(name)})
	}
	columns = append(columns, column{optional, "unknown"}, column{optional, "label_probability"}, column{optional, "label_error"})
	rows := int64(max(1, groupValues/len(columns)))
	return &predictionsParquet{
		classes: len(classes),
		file:    parquet.NewGenericWriter[any](w, parquet.NewSchema("predictions", schemaOf(columns)), parquet.MaxRowsPerRowGroup(rows)),
	}
}

func (f *predictionsParquet) write(p *HeldOutPrediction) error {
	f.row = f.row[:0]
	for _, text := range []string{p.Path, p.Label, p.Group, string(p.Split)} {
		f.add(parquet.ValueOf(validUTF8(text)), 0)
	}
	f.optional(parquet.Int32Value(int32(p.Fold)), p.Fold >= 0)
	f.optional(parquet.ValueOf(p.Class), p.Scored)
	f.optional(parquet.DoubleValue(p.Probability), p.Scored)
	for k := range f.classes {
		if !p.Scored {
			f.optional(parquet.Value{}, false)
			continue
		}
		f.optional(parquet.DoubleValue(p.Probabilities[k]), true)
	}
	f.optional(parquet.DoubleValue(p.UnknownScore), !math.IsNaN(p.UnknownScore))
	f.optional(parquet.DoubleValue(p.LabelProbability), p.Scored)
	f.optional(parquet.DoubleValue(p.LabelError), !math.IsNaN(p.LabelError))
	_, err := f.file.WriteRows([]parquet.Row{f.row})
	return err
}

// optional adds a value of an optional column, or null.
func (f *predictionsParquet) optional(v parquet.Value, known bool) {
	if known {
		f.add(v, 1)
	} else {
		f.add(parquet.NullValue(), 0)
	}
}

func (f *predictionsParquet) add(v parquet.Value, definition int) {
	f.row = append(f.row, v.Level(0, definition, len(f.row)))
}

func (f *predictionsParquet) close() error { return f.file.Close() }

// isPredictionsParquet reports whether the Parquet file at path holds predictions.
func isPredictionsParquet(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return false
	}
	file, err := parquet.OpenFile(f, info.Size(), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return false
	}
	_, has := file.Schema().Lookup("label_probability")
	return has
}

func validUTF8(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// column is a named column of a schema.
type column struct {
	parquet.Node
	name string
}

// Name returns the column's name.
func (c column) Name() string { return c.name }

// Value is for rows that are Go structs, which these are not.
func (c column) Value(reflect.Value) reflect.Value { return reflect.Value{} }

type columnsInOrder []column

// schema is a parquet.Group whose fields keep their order.
type schema struct {
	parquet.Group
	columns columnsInOrder
}

func schemaOf(columns columnsInOrder) schema {
	s := schema{parquet.Group{}, columns}
	for _, c := range columns {
		s.Group[c.name] = c.Node
	}
	return s
}

// Fields returns the columns.
func (s schema) Fields() []parquet.Field {
	fields := make([]parquet.Field, len(s.columns))
	for i, c := range s.columns {
		fields[i] = c
	}
	return fields
}
