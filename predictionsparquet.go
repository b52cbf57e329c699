package headstart

import (
	"cmp"
	"io"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"
)

// predictionsParquet writes a Parquet file of typed columns. In strings, bytes
// that are not UTF-8 are replaced.
type predictionsParquet struct {
	classes int
	file    *parquet.GenericWriter[any]
	row     parquet.Row
	numbers []float64
}

// groupValues is how many values a row group has, which the writer holds in
// memory: 16 MB of them.
const groupValues = 2 << 20

func newPredictionsParquet(w io.Writer, classes []string) predictionsWriter {
	text := parquet.Encoded(parquet.String(), &parquet.RLEDictionary)
	schema := inOrder{parquet.Group{
		"path": parquet.String(), "label": text, "group": text, "split": text,
		"fold": parquet.Optional(parquet.Int(32)), "class": parquet.Optional(text),
	}, predictionColumns(classes)}
	for _, name := range schema.columns {
		if schema.Group[name] == nil {
			schema.Group[name] = parquet.Optional(parquet.Leaf(parquet.DoubleType))
		}
	}
	rows := int64(max(1, groupValues/len(schema.columns)))
	return &predictionsParquet{
		classes: len(classes),
		file:    parquet.NewGenericWriter[any](w, parquet.NewSchema("predictions", schema), parquet.MaxRowsPerRowGroup(rows)),
	}
}

func (f *predictionsParquet) write(p *HeldOutPrediction) error {
	f.row = f.row[:0]
	for _, text := range []string{p.Path, p.Label, p.Group, string(p.Split)} {
		f.add(parquet.ValueOf(strings.ToValidUTF8(text, "\uFFFD")), 0)
	}
	f.optional(parquet.Int32Value(int32(p.Fold)), p.Fold >= 0)
	f.optional(parquet.ValueOf(p.Class), p.Class != "")
	f.numbers = p.numbers(f.numbers[:0], f.classes)
	for _, v := range f.numbers {
		f.optional(parquet.DoubleValue(v), !math.IsNaN(v))
	}
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

// inOrder is a parquet.Group that has its columns in this order, not sorted.
type inOrder struct {
	parquet.Group
	columns []string
}

// Fields returns the columns.
func (g inOrder) Fields() []parquet.Field {
	fields := g.Group.Fields()
	place := make(map[string]int, len(fields))
	for i, name := range g.columns {
		place[name] = i
	}
	slices.SortFunc(fields, func(a, b parquet.Field) int { return cmp.Compare(place[a.Name()], place[b.Name()]) })
	return fields
}
