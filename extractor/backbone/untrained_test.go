package backbone

import (
	"path/filepath"
	"testing"
)

func TestUntrained(t *testing.T) {
	b, err := Resolve(filepath.Join("..", "..", "testdata", "tiny-backbone.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	digests := map[string]bool{b.SHA256: true}
	for _, seed := range []uint64{1, 2} {
		untrained, err := b.Untrained(seed)
		if err != nil {
			t.Fatal(err)
		}
		again, err := b.Untrained(seed)
		if err != nil || again.SHA256 != untrained.SHA256 {
			t.Errorf("seed %d gives another network the second time: %v", seed, err)
		}
		if digests[untrained.SHA256] {
			t.Errorf("seed %d gives a network that was there already", seed)
		}
		digests[untrained.SHA256] = true
		content, err := untrained.Read()
		if err != nil || digest(content) != untrained.SHA256 {
			t.Errorf("its content has another digest: %v", err)
		}
		if untrained.Dim != b.Dim || untrained.Preprocessing != b.Preprocessing {
			t.Errorf("%+v", untrained)
		}
	}
	// What was trained is still there.
	if content, err := b.Read(); err != nil || digest(content) != b.SHA256 {
		t.Error(err)
	}
}
