package extractor

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"github.com/digitalinnovationone/headstart/extractor/imageio"
	"github.com/digitalinnovationone/headstart/extractor/store"
)

// thumbnailSpec is the spec of the thumbnails in a store. They are rows as
// embeddings are, with all guarantees of those; four levels of grey are the four
// bytes of one value.
func thumbnailSpec() store.Spec {
	return store.Spec{
		Dim:  imageio.ThumbnailLen / 4,
		JSON: fmt.Appendf(nil, `{"pixels":%d,"thumbnails":"grey, %dx%d"}`, imageio.Version, imageio.ThumbnailSide, imageio.ThumbnailSide),
	}
}

// thumbnailMemo remembers thumbnails.
type thumbnailMemo struct {
	store *store.Store // nil until it is opened, and without one

	mu   sync.Mutex
	kept map[store.Key]thumbnailJob // what no store can keep
}

func (m *thumbnailMemo) open(root *store.Root) error {
	root, err := root.Thumbnails()
	if err == nil {
		m.store, err = root.Open(thumbnailSpec())
	}
	return err
}

// lacks tells whether the store would keep the thumbnail of an image that it does
// not have.
func (m *thumbnailMemo) lacks(key store.Key) (bool, error) {
	if m.store == nil || m.store.ReadOnly() != nil {
		return false, nil
	}
	entries, err := m.store.Lookup([]store.Key{key})
	return err == nil && entries[0].State == store.Missing, err
}

// recall completes the jobs that the memo knows, and returns the others: those
// that were unreadable too, if they are to be tried again.
func (m *thumbnailMemo) recall(ctx context.Context, jobs []*thumbnailJob, retry bool) (unknown []*thumbnailJob, err error) {
	if m.store != nil {
		if jobs, err = recallStored(ctx, m.store, jobs, retry); err != nil {
			return nil, err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, j := range jobs {
		if kept, ok := m.kept[j.key]; ok && (kept.levels != nil || !retry) {
			j.levels = kept.levels
		} else {
			unknown = append(unknown, j)
		}
	}
	return unknown, nil
}

// recallStored is recall from a store.
func recallStored(ctx context.Context, s *store.Store, jobs []*thumbnailJob, retry bool) (unknown []*thumbnailJob, err error) {
	keys := make([]store.Key, len(jobs))
	for i, j := range jobs {
		keys[i] = j.key
	}
	entries, err := s.Lookup(keys)
	if err != nil {
		return nil, err
	}
	var stored []*thumbnailJob
	for i, j := range jobs {
		switch e := entries[i]; {
		case e.State == store.Stored:
			stored = append(stored, j)
		case e.State == store.Pending:
			j.levels = levelsOf(e.Vector)
		case e.State == store.Missing || retry:
			unknown = append(unknown, j)
		}
	}
	if len(stored) == 0 {
		return unknown, nil
	}
	keys = keys[:0]
	for _, j := range stored {
		keys = append(keys, j.key)
	}
	rows, err := s.Rows(ctx, keys)
	if errors.As(err, new(*store.MissingError)) { // the store knows now that these are damaged
		again, err := recallStored(ctx, s, stored, retry)
		return append(unknown, again...), err
	} else if err != nil {
		return nil, err
	}
	defer rows.Close()
	return unknown, rows.Guard(func() error {
		for i, j := range stored {
			j.levels = levelsOf(rows.Row(i))
		}
		return nil
	})
}

// remember takes a job's result, to be kept with the next commit.
func (m *thumbnailMemo) remember(j *thumbnailJob) {
	switch {
	case j.levels == nil && j.reason == "": // another time it may be there
	case m.store == nil || m.store.ReadOnly() != nil:
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.kept == nil {
			m.kept = map[store.Key]thumbnailJob{}
		}
		m.kept[j.key] = thumbnailJob{levels: j.levels}
	case j.levels == nil:
		m.store.PutUnreadable(j.key, j.reason)
	default:
		m.store.Put(j.key, rowOf(j.levels))
	}
}

// commit makes safe what was remembered.
func (m *thumbnailMemo) commit() error {
	if m.store == nil {
		return nil
	}
	return m.store.Commit()
}

func rowOf(levels []byte) []float32 {
	row := make([]float32, len(levels)/4)
	if _, err := binary.Decode(levels, binary.LittleEndian, row); err != nil {
		panic(err) // it has as many
	}
	return row
}

func levelsOf(row []float32) []byte {
	levels, err := binary.Append(nil, binary.LittleEndian, row)
	if err != nil {
		panic(err) // they are numbers
	}
	return levels
}
