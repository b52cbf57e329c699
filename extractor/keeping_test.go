package extractor

import (
	"slices"
	"testing"

	"github.com/digitalinnovationone/headstart/dataset"
)

// TestWithoutAStore extracts the same as with one, and keeps nothing.
func TestWithoutAStore(t *testing.T) {
	samples := scan(t, photos(t, 20))
	want := extract(t, open(t, t.TempDir(), 2), samples)
	x := without(t, 2)
	if x.Keeps() || x.Store() != nil || x.ReadOnly() != nil {
		t.Errorf("keeps %v, store %v, read-only %v", x.Keeps(), x.Store(), x.ReadOnly())
	}
	for range 2 {
		for i, r := range extract(t, x, samples) {
			if r.Err != nil || r.Cached || r.Key != want[i].Key || !slices.Equal(r.Embedding, want[i].Embedding) {
				t.Errorf("%s: cached %v, %v, or another embedding", r.Sample.Path, r.Cached, r.Err)
			}
		}
	}
	bad := extract(t, x, []dataset.Sample{dataset.FromBytes("upload", []byte("text"))})
	if len(bad) != 1 || bad[0].Err == nil {
		t.Errorf("text: %+v", bad)
	}
	if err := x.MemoError(); err != nil {
		t.Error(err)
	}
}
