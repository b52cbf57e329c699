package extractor

import (
	"crypto/sha256"
	"errors"
	"slices"
	"syscall"
	"time"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor/store"
)

// reads is how often a file is read again because it changed meanwhile.
const reads = 3

var readSample = dataset.Sample.Read // replaced by tests

var errChanging = errors.New("the file changes while it is read")

// isOfProcess reports whether err means that the process is out of a resource: it
// ends the run, since the images may well be readable.
func isOfProcess(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) || errors.Is(err, syscall.ENOMEM)
}

// read reads the sample and finds its key.
func (w *worker) read(j *job) ([]byte, error) {
	for range reads {
		began := time.Now()
		before, err := j.Sample.ID()
		if err != nil {
			return nil, err
		}
		w.bytes, err = readSample(j.Sample, w.bytes, w.config.MaxBytes)
		if err != nil {
			return nil, err
		}
		if after, err := j.Sample.ID(); err == nil && after == before {
			j.Key = sha256.Sum256(w.bytes)
			if w.Keeps() && before != (dataset.ID{}) { // there is a file that may stay unchanged
				w.files.Put(store.FileID(before), j.Key, began)
			}
			return w.bytes, nil
		}
	}
	return nil, errChanging
}

// remember takes the result from the store where the content is known although
// the file was not: a copy, a moved file, or another process's work.
func (w *worker) remember(j *job) (known bool, err error) {
	entries, err := w.find([]store.Key{j.Key})
	if err != nil {
		return false, err
	}
	var row *store.Matrix
	if w.vectors {
		if row, err = w.matrix([]store.Key{j.Key}, entries); err != nil {
			return false, err
		}
	}
	if j.copy(w.columns([]store.Key{j.Key}, entries)[0]) {
		return true, nil
	}
	w.recall(j, entries[0])
	if row != nil {
		defer row.Close()
		j.Embedding = slices.Clone(row.Row(0))
	}
	return entries[0].State != store.Missing, nil
}
