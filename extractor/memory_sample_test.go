package extractor

import (
	"os"
	"slices"
	"testing"
	"time"

	"github.com/digitalinnovationone/headstart/dataset"
)

// TestImagesInMemoryAreKnownByContent extracts an image from a file and from
// memory: the second has no file to be remembered by, and is found in the store
// all the same.
func TestImagesInMemoryAreKnownByContent(t *testing.T) {
	samples := scan(t, photos(t, 2))
	old := time.Now().Add(-time.Hour) // so that files are remembered
	var inMemory []dataset.Sample
	for _, s := range samples {
		if err := os.Chtimes(s.Path, old, old); err != nil {
			t.Fatal(err)
		}
		data, err := s.Read(nil, DefaultMaxBytes)
		if err != nil {
			t.Fatal(err)
		}
		inMemory = append(inMemory, dataset.FromBytes("upload "+s.Path, data))
	}
	x := open(t, t.TempDir(), 2)
	for turn := range 2 {
		for i, r := range extract(t, x, inMemory) {
			if r.Err != nil || r.Sample.Path != inMemory[i].Path || r.Cached != (turn > 0) {
				t.Errorf("turn %d: %s: cached %v, %v", turn, r.Sample.Path, r.Cached, r.Err)
			}
		}
	}
	mixed := extract(t, x, slices.Concat(samples, inMemory))
	for i := range samples {
		if mixed[i].Key != mixed[i+len(samples)].Key || !mixed[i].Cached {
			t.Errorf("%s: other content than its copy in memory, or made again", samples[i].Path)
		}
	}
	if err := x.MemoError(); err != nil {
		t.Error(err)
	}
}
