package headstart_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/digitalinnovationone/headstart"
)

var imageSchema = arrow.NewSchema([]arrow.Field{
	{Name: "n", Type: arrow.PrimitiveTypes.Int32},
	{Name: "content", Type: arrow.BinaryTypes.Binary, Nullable: true},
	{Name: "path", Type: arrow.BinaryTypes.String, Nullable: true},
}, nil)

// imageRow is a row of a request: content, or path where that is nil.
type imageRow struct {
	content []byte
	path    string
}

// requests returns a stream of batches, whose column n counts the rows.
func requests(t *testing.T, batches ...[]imageRow) []byte {
	t.Helper()
	var stream bytes.Buffer
	to, n := ipc.NewWriter(&stream, ipc.WithSchema(imageSchema)), int32(0)
	for _, rows := range batches {
		b := array.NewRecordBuilder(memory.DefaultAllocator, imageSchema)
		for _, row := range rows {
			b.Field(0).(*array.Int32Builder).Append(n)
			n++
			if row.content == nil {
				b.Field(1).AppendNull()
			} else {
				b.Field(1).(*array.BinaryBuilder).Append(row.content)
			}
			b.Field(2).(*array.StringBuilder).Append(row.path)
		}
		if err := to.Write(b.NewRecordBatch()); err != nil {
			t.Fatal(err)
		}
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	return stream.Bytes()
}

// work returns the batches that a worker answers.
func work(t *testing.T, engine *headstart.Engine, c *headstart.Classifier, in []byte) []arrow.RecordBatch {
	t.Helper()
	var out bytes.Buffer
	if err := engine.Work(t.Context(), bytes.NewReader(in), &out, c); err != nil {
		t.Fatal(err)
	}
	from, err := ipc.NewReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	var answers []arrow.RecordBatch
	for from.Next() {
		batch := from.RecordBatch()
		batch.Retain()
		answers = append(answers, batch)
	}
	if err := from.Err(); err != nil {
		t.Fatal(err)
	}
	return answers
}

func column[A arrow.Array](t *testing.T, batch arrow.RecordBatch, name string) A {
	t.Helper()
	indices := batch.Schema().FieldIndices(name)
	if len(indices) != 1 {
		t.Fatalf("the answer has %d columns %s", len(indices), name)
	}
	return batch.Column(indices[0]).(A)
}

// embeddingOf returns a row of the column embedding.
func embeddingOf(t *testing.T, batch arrow.RecordBatch, row int) []float32 {
	t.Helper()
	list := column[*array.FixedSizeList](t, batch, "embedding")
	begin, end := list.ValueOffsets(row)
	return list.ListValues().(*array.Float32).Float32Values()[begin:end]
}

func TestWorkAnswersEachBatchInOrder(t *testing.T) {
	needsRuntime(t)
	engine := open(t, headstart.Config{NoStore: true, Workers: 3})
	classifier := train(t, engine)
	samples := scan(t, photos).Samples
	if len(samples) < 4 {
		t.Fatal("too few photos")
	}
	var rows []imageRow
	for i, sample := range samples {
		content, err := os.ReadFile(sample.Path)
		if err != nil {
			t.Fatal(err)
		}
		if i%2 == 0 {
			rows = append(rows, imageRow{content, "told-only.jpg"})
		} else {
			rows = append(rows, imageRow{nil, sample.Path})
		}
	}
	rows = append(rows, imageRow{[]byte("no photo"), "bad"}, imageRow{nil, "none.jpg"})
	answers := work(t, engine, classifier, requests(t, rows[:3], nil, rows[3:]))
	if got := []int64{answers[0].NumRows(), answers[1].NumRows(), answers[2].NumRows()}; len(answers) != 3 || !slices.Equal(got, []int64{3, 0, int64(len(rows) - 3)}) {
		t.Fatalf("%d answers of %d rows", len(answers), got)
	}
	row := 0
	for _, answer := range answers {
		for _, name := range []string{"embedding", "probabilities"} {
			if list := column[*array.FixedSizeList](t, answer, name); list.ListValues().NullN() > 0 {
				t.Errorf("%s has null values, which its type forbids", name)
			}
		}
		if answer.Schema().HasField("content") || !answer.Schema().HasField("path") {
			t.Fatalf("the answer has the columns %s", answer.Schema())
		}
		for i := range int(answer.NumRows()) {
			if n := column[*array.Int32](t, answer, "n").Value(i); int(n) != row {
				t.Fatalf("row %d is the answer to %d", row, n)
			}
			failed := column[*array.String](t, answer, "error").IsValid(i)
			if bad := row >= len(samples); failed != bad || column[*array.FixedSizeList](t, answer, "embedding").IsNull(i) != bad || column[*array.String](t, answer, "class").IsNull(i) != bad {
				t.Fatalf("row %d: error %v, unreadable %v", row, failed, bad)
			}
			if row < len(samples) {
				checkAnswer(t, engine, classifier, answer, i, samples[row].Path)
			}
			row++
		}
	}
	last := answers[2]
	if sum := column[*array.String](t, last, "sha256"); sum.IsNull(int(last.NumRows())-2) || sum.IsValid(int(last.NumRows())-1) {
		t.Error("sha256 is known of what was read, and of nothing else")
	}
}

// checkAnswer compares a row with what the Engine says of the photo.
func checkAnswer(t *testing.T, engine *headstart.Engine, c *headstart.Classifier, answer arrow.RecordBatch, row int, path string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want, err := engine.Embed(t.Context(), content)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(embeddingOf(t, answer, row), want) {
		t.Errorf("%s: another embedding than Embed's", path)
	}
	if got, want := column[*array.String](t, answer, "sha256").Value(row), fmt.Sprintf("%x", sha256.Sum256(content)); got != want {
		t.Errorf("%s: sha256 %s, not %s", path, got, want)
	}
	p, err := c.Classify(t.Context(), content)
	if err != nil {
		t.Fatal(err)
	}
	class, probability := column[*array.String](t, answer, "class").Value(row), column[*array.Float64](t, answer, "probability").Value(row)
	unknown, isUnknown := column[*array.Float64](t, answer, "unknown").Value(row), column[*array.Boolean](t, answer, "is_unknown").Value(row)
	if class != p.Class || probability != p.Probability || unknown != p.UnknownScore || isUnknown != p.IsUnknown {
		t.Errorf("%s: %s %v %v %v, not %+v", path, class, probability, unknown, isUnknown, p)
	}
	list := column[*array.FixedSizeList](t, answer, "probabilities")
	begin, end := list.ValueOffsets(row)
	if got := list.ListValues().(*array.Float64).Float64Values()[begin:end]; !slices.Equal(got, p.Probabilities) {
		t.Errorf("%s: probabilities %v, not %v", path, got, p.Probabilities)
	}
}

func TestWorkRefuses(t *testing.T) {
	needsRuntime(t)
	engine := open(t, headstart.Config{NoStore: true})
	stream := func(fields ...arrow.Field) []byte {
		var b bytes.Buffer
		if err := ipc.NewWriter(&b, ipc.WithSchema(arrow.NewSchema(fields, nil))).Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	path := arrow.Field{Name: "path", Type: arrow.BinaryTypes.String}
	whole := requests(t, []imageRow{{[]byte("x"), ""}})
	for key, in := range map[string][]byte{
		"not a stream": []byte("a photo, perhaps"),
		"Arrow IPC":    nil,
		"neither":      stream(arrow.Field{Name: "n", Type: arrow.PrimitiveTypes.Int32}),
		"binary":       stream(arrow.Field{Name: "content", Type: arrow.BinaryTypes.String}),
		"not string":   stream(arrow.Field{Name: "path", Type: arrow.PrimitiveTypes.Int32}),
		"two columns":  stream(path, path),
		"error":        stream(path, arrow.Field{Name: "error", Type: arrow.BinaryTypes.String}),
		"batches":      whole[:len(whole)-30],
	} {
		err := engine.Work(t.Context(), bytes.NewReader(in), io.Discard, nil)
		if !errors.As(err, new(*headstart.RequestError)) || !strings.Contains(err.Error(), key) {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func TestWorkEndsWithItsContext(t *testing.T) {
	needsRuntime(t)
	engine := open(t, headstart.Config{NoStore: true})
	in, stays := io.Pipe()
	defer stays.Close()
	ctx, stop := context.WithCancelCause(t.Context())
	stop(errBroken)
	if err := engine.Work(ctx, in, io.Discard, nil); !errors.Is(err, errBroken) {
		t.Errorf("%v, not the context's cause", err)
	}
}
