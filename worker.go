package headstart

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"

	"github.com/digitalinnovationone/headstart/extractor"
)

// RequestError says that [Engine.Work] cannot answer what it was given.
type RequestError struct{ Err error }

func (e *RequestError) Error() string { return "cannot answer the request: " + e.Err.Error() }
func (e *RequestError) Unwrap() error { return e.Err }

func refuse(format string, args ...any) error { return &RequestError{fmt.Errorf(format, args...)} }

// Work reads a stream of Arrow IPC record batches and answers each with one, in
// order, until the stream ends. A row is an image: its file's bytes in the column
// content, or where that is null or absent, its file's path in the column path. The
// answer has the columns of the request but content, and these:
//
//   - sha256 (string), of the file's bytes, null where they could not be read;
//   - embedding (fixed-size list of float32), null where there is an error;
//   - error (string), why the image could not be read, else null;
//   - with a classifier c: class, probability, probabilities (in the order of the
//     field's metadata "classes", a JSON list), unknown and is_unknown, as in
//     [Prediction].
//
// c may be nil: then embeddings are those of [Engine.Backbone]. New embeddings are
// kept in the store. Two batches are in memory at a time, of a size that the sender
// chooses. A request of another form is a [*RequestError], and ends the work.
//
// If ctx ends while in blocks, Work returns and leaves in to a goroutine.
func (e *Engine) Work(ctx context.Context, in io.Reader, out io.Writer, c *Classifier) error {
	find := e.own
	if c != nil {
		find = c.extractor
	}
	x, err := find()
	if err != nil {
		return err
	}
	w := worker{extractor: x, classifier: c, out: bufio.NewWriterSize(out, 1<<20)}
	if err := x.OpenStore(); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	requests := readRequests(ctx, in)
	for {
		select {
		case <-ctx.Done(): // also while in blocks
			return context.Cause(ctx)
		case r, more := <-requests:
			switch {
			case !more && ctx.Err() != nil:
				return context.Cause(ctx)
			case !more:
				return w.wrote(w.stream.Close())
			case r.err != nil:
				err = r.err
			case r.batch == nil:
				err = w.begin(r.schema)
			default:
				err = w.answer(ctx, r.batch)
				r.batch.Release()
			}
			if err != nil {
				return err
			}
		}
	}
}

// request is the schema of a stream, or a batch of it, or why it cannot be read.
type request struct {
	schema *arrow.Schema
	batch  arrow.RecordBatch
	err    error
}

// readRequests reads a stream: its schema, then its batches, one ahead of the reader.
// The channel is closed at its end, and when ctx ends.
func readRequests(ctx context.Context, in io.Reader) <-chan request {
	requests := make(chan request)
	go func() {
		defer close(requests)
		send := func(r request) {
			select {
			case requests <- r:
			case <-ctx.Done():
			}
		}
		buffered := bufio.NewReaderSize(in, 1<<20)
		// Other bytes would be taken for the size of a message, and for memory to get.
		if begin, _ := buffered.Peek(4); !slices.Equal(begin, []byte{255, 255, 255, 255}) {
			send(request{err: refuse("it is not a stream of Arrow IPC record batches")})
			return
		}
		stream, err := ipc.NewReader(buffered)
		if err != nil {
			send(request{err: refuse("its schema: %w", err)})
			return
		}
		defer stream.Release()
		send(request{schema: stream.Schema()})
		for ctx.Err() == nil && stream.Next() {
			batch := stream.RecordBatch()
			batch.Retain()
			send(request{batch: batch})
		}
		if err := stream.Err(); err != nil {
			send(request{err: refuse("its record batches: %w", err)})
		}
	}()
	return requests
}

// worker answers the batches of one stream.
type worker struct {
	extractor  *extractor.Extractor
	classifier *Classifier // nil for embeddings alone
	columns    *workerColumns
	stream     *ipc.Writer // to out
	out        *bufio.Writer
}

// begin takes the schema of the requests.
func (w *worker) begin(schema *arrow.Schema) (err error) {
	if w.columns, err = newWorkerColumns(schema, w.extractor.Backbone().Dim, w.classifier); err == nil {
		w.stream = ipc.NewWriter(w.out, ipc.WithSchema(w.columns.schema))
	}
	return err
}

// answer embeds the images of a batch, several at once.
func (w *worker) answer(ctx context.Context, batch arrow.RecordBatch) error {
	rows := w.columns.newRows()
	defer rows.Release()
	err := w.extractor.Extract(ctx, slices.Values(w.columns.images(batch)), func(r extractor.Result) error {
		var p Prediction
		if w.classifier != nil && r.Err == nil {
			p = w.classifier.predict("", r.Embedding)
		}
		rows.add(r, p)
		return nil
	})
	if err != nil {
		return err
	}
	made := rows.NewRecordBatch()
	defer made.Release()
	columns := append(w.columns.passed(batch), made.Columns()...)
	answer := array.NewRecordBatch(w.columns.schema, columns, batch.NumRows())
	defer answer.Release()
	return w.wrote(w.stream.Write(answer))
}

// wrote sends what was written to the stream with the error err.
func (w *worker) wrote(err error) error {
	if err = errors.Join(err, w.out.Flush()); err != nil {
		return fmt.Errorf("cannot write the answer: %w", err)
	}
	return nil
}
