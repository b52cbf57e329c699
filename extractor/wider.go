package extractor

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/digitalinnovationone/headstart/extractor/backbone"
	"github.com/digitalinnovationone/headstart/extractor/store"
)

// wider is a store whose rows hold more blocks than an Extractor makes, of the same
// images in the same way. Their columns are what the Extractor would compute, to
// the last bit: a block does not depend on what else is asked of the network.
type wider struct {
	store   *store.Store
	dim     int      // of its rows
	columns [][2]int // of the Extractor's blocks: first, and the one after the last
}

// columnsIn returns where the blocks of s are in the rows of another Spec, as pairs of
// a first column and the one after the last. It reports false if some are not.
func (s Spec) columnsIn(other Spec) (columns [][2]int, ok bool) {
	starts := make(map[backbone.Block]int)
	at := 0
	for _, block := range other.Given() {
		starts[block] = at
		at += block.Dim
	}
	for _, block := range s.Given() {
		start, found := starts[block]
		if !found {
			return nil, false
		}
		columns = append(columns, [2]int{start, start + block.Dim})
	}
	other.Blocks, other.Output, other.Dim = s.Blocks, s.Output, s.Dim
	return columns, at > s.Dim && other.Hash() == s.Hash()
}

// findWider returns the stores in root that hold all blocks of spec and more. Those
// that cannot be used are passed over: what they hold can be computed.
func findWider(root *store.Root, spec Spec) ([]wider, error) {
	specs, err := root.Specs()
	if err != nil {
		return nil, err
	}
	var found []wider
	for _, stored := range specs {
		var other Spec
		if stored.Damaged || json.Unmarshal(stored.JSON, &other) != nil {
			continue
		}
		columns, ok := spec.columnsIn(other)
		if !ok {
			continue
		}
		if s, err := root.OpenHash(stored.Hash); err == nil {
			found = append(found, wider{s, other.Dim, columns})
		}
	}
	return found, nil
}

// columns returns the embedding of each key whose entry is missing, where a wider
// store has it: nil otherwise.
func (x *Extractor) columns(keys []store.Key, entries []store.Entry) [][]float32 {
	embeddings := make([][]float32, len(keys))
	for _, w := range x.wider {
		var wanted []store.Key
		var at []int
		for i, key := range keys {
			if key != (store.Key{}) && entries[i].State == store.Missing && embeddings[i] == nil {
				wanted, at = append(wanted, key), append(at, i)
			}
		}
		for n, embedding := range w.cut(wanted) {
			embeddings[at[n]] = embedding
		}
	}
	return embeddings
}

// cut returns the embedding of each key, cut from its row, or nil where there is no
// sound row.
func (w wider) cut(keys []store.Key) [][]float32 {
	embeddings := make([][]float32, len(keys))
	for {
		entries, err := w.store.Lookup(keys)
		if err != nil {
			return embeddings
		}
		var stored []store.Key
		var at []int
		for i, entry := range entries {
			if entry.State == store.Stored {
				stored, at = append(stored, keys[i]), append(at, i)
			}
		}
		if len(stored) == 0 {
			return embeddings
		}
		rows, err := w.store.Rows(context.Background(), stored)
		if errors.As(err, new(*store.MissingError)) { // which Lookup knows from now on
			continue
		}
		if err != nil {
			return embeddings
		}
		defer rows.Close()
		err = rows.Guard(func() error {
			for n := range stored {
				embeddings[at[n]] = w.columnsOf(rows.Row(n))
			}
			return nil
		})
		if err != nil {
			return make([][]float32, len(keys))
		}
		return embeddings
	}
}

// columnsOf returns the Extractor's blocks of a row.
func (w wider) columnsOf(row []float32) []float32 {
	if len(row) != w.dim {
		return nil
	}
	var embedding []float32
	for _, c := range w.columns {
		embedding = append(embedding, row[c[0]:c[1]]...)
	}
	return embedding
}
