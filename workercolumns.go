package headstart

import (
	"encoding/json"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor"
	"github.com/digitalinnovationone/headstart/extractor/store"
	"github.com/digitalinnovationone/headstart/internal/wording"
)

// Columns of a request that hold images.
const (
	contentColumn = "content"
	pathColumn    = "path"
)

// workerColumns are those of a stream's requests and answers.
type workerColumns struct {
	content, path int   // indices in a request, or -1
	passing       []int // indices in a request
	made          *arrow.Schema
	schema        *arrow.Schema // of answers: what passes, then what is made
}

func newWorkerColumns(request *arrow.Schema, dim int, c *Classifier) (*workerColumns, error) {
	columns := &workerColumns{content: -1, path: -1, made: madeColumns(dim, c)}
	var fields []arrow.Field
	seen := map[string]bool{}
	for i, field := range request.Fields() {
		kind := field.Type.ID()
		switch {
		case seen[field.Name]:
			return nil, refuse("it has two columns %s", wording.Quoted([]string{field.Name}))
		case columns.made.HasField(field.Name):
			return nil, refuse("its column %s has the name of one of the answer", field.Name)
		case field.Name == contentColumn && kind != arrow.BINARY && kind != arrow.LARGE_BINARY:
			return nil, refuse("its column %s is of type %s, not binary", field.Name, field.Type)
		case field.Name == pathColumn && kind != arrow.STRING && kind != arrow.LARGE_STRING:
			return nil, refuse("its column %s is of type %s, not string", field.Name, field.Type)
		}
		seen[field.Name] = true
		if field.Name == contentColumn {
			columns.content = i
			continue
		}
		if field.Name == pathColumn {
			columns.path = i
		}
		columns.passing = append(columns.passing, i)
		fields = append(fields, field)
	}
	if columns.content < 0 && columns.path < 0 {
		return nil, refuse("it has neither a column %s nor %s", contentColumn, pathColumn)
	}
	columns.schema = arrow.NewSchema(append(fields, columns.made.Fields()...), nil)
	return columns, nil
}

// madeColumns are those that an answer adds.
func madeColumns(dim int, c *Classifier) *arrow.Schema {
	fields := []arrow.Field{
		{Name: "sha256", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "embedding", Type: arrow.FixedSizeListOfNonNullable(int32(dim), arrow.PrimitiveTypes.Float32), Nullable: true},
		{Name: "error", Type: arrow.BinaryTypes.String, Nullable: true},
	}
	if c != nil {
		names, _ := json.Marshal(c.Classes()) // strings always can be
		fields = append(fields,
			arrow.Field{Name: "class", Type: arrow.BinaryTypes.String, Nullable: true},
			arrow.Field{Name: "probability", Type: arrow.PrimitiveTypes.Float64, Nullable: true},
			arrow.Field{
				Name: "probabilities", Nullable: true,
				Type:     arrow.FixedSizeListOfNonNullable(int32(len(c.Classes())), arrow.PrimitiveTypes.Float64),
				Metadata: arrow.MetadataFrom(map[string]string{"classes": string(names)}),
			},
			arrow.Field{Name: "unknown", Type: arrow.PrimitiveTypes.Float64, Nullable: true},
			arrow.Field{Name: "is_unknown", Type: arrow.FixedWidthTypes.Boolean, Nullable: true},
		)
	}
	return arrow.NewSchema(fields, nil)
}

// images returns the samples of a batch, one per row. They hold no copies of its bytes.
func (c *workerColumns) images(batch arrow.RecordBatch) []dataset.Sample {
	samples := make([]dataset.Sample, batch.NumRows())
	for i := range samples {
		path := ""
		if c.path >= 0 && batch.Column(c.path).IsValid(i) {
			path = batch.Column(c.path).(array.StringLike).Value(i)
		}
		if c.content >= 0 && batch.Column(c.content).IsValid(i) {
			content := batch.Column(c.content).(interface{ Value(int) []byte }).Value(i)
			samples[i] = dataset.FromBytes(path, content)
		} else {
			samples[i] = dataset.FromFile(path)
		}
	}
	return samples
}

// passed returns the columns of a request that its answer has too.
func (c *workerColumns) passed(batch arrow.RecordBatch) []arrow.Array {
	columns := make([]arrow.Array, len(c.passing))
	for i, from := range c.passing {
		columns[i] = batch.Column(from)
	}
	return columns
}

// workerRows collects the rows of an answer.
type workerRows struct {
	*array.RecordBuilder
}

func (c *workerColumns) newRows() workerRows {
	return workerRows{array.NewRecordBuilder(memory.DefaultAllocator, c.made)}
}

// classifies tells whether there are the columns of a classifier.
func (w workerRows) classifies() bool { return len(w.Fields()) > 3 }

// add appends a row; p is the zero value where there is no classifier.
func (w workerRows) add(r extractor.Result, p Prediction) {
	sha256, reason := w.Field(0).(*array.StringBuilder), w.Field(2).(*array.StringBuilder)
	if r.Key == (store.Key{}) {
		sha256.AppendNull()
	} else {
		sha256.Append(r.Key.String())
	}
	if r.Err != nil {
		appendNullList[float32](w.Field(1))
		reason.Append(strings.ToValidUTF8(r.Err.Error(), "\uFFFD"))
		if w.classifies() {
			w.Field(3).AppendNull()
			w.Field(4).AppendNull()
			appendNullList[float64](w.Field(5))
			w.Field(6).AppendNull()
			w.Field(7).AppendNull()
		}
		return
	}
	embedding := w.Field(1).(*array.FixedSizeListBuilder)
	embedding.Append(true)
	embedding.ValueBuilder().(*array.Float32Builder).AppendValues(r.Embedding, nil)
	reason.AppendNull()
	if !w.classifies() {
		return
	}
	w.Field(3).(*array.StringBuilder).Append(p.Class)
	w.Field(4).(*array.Float64Builder).Append(p.Probability)
	probabilities := w.Field(5).(*array.FixedSizeListBuilder)
	probabilities.Append(true)
	probabilities.ValueBuilder().(*array.Float64Builder).AppendValues(p.Probabilities, nil)
	if !p.hasUnknownScore() {
		w.Field(6).AppendNull()
		w.Field(7).AppendNull()
		return
	}
	w.Field(6).(*array.Float64Builder).Append(p.UnknownScore)
	w.Field(7).(*array.BooleanBuilder).Append(p.IsUnknown)
}

// appendNullList appends a null to a column of lists. Below it are zeros, and not the
// nulls that AppendNull would put there, which the column's type forbids.
func appendNullList[V float32 | float64](column array.Builder) {
	list := column.(*array.FixedSizeListBuilder)
	list.Append(false)
	size := list.Type().(*arrow.FixedSizeListType).Len()
	list.ValueBuilder().(interface{ AppendValues([]V, []bool) }).AppendValues(make([]V, size), nil)
}
