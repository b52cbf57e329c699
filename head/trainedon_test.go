package head

import (
	"crypto/sha256"
	"encoding/binary"
	"path/filepath"
	"strings"
	"testing"
)

func keysOf(from, to int) [][32]byte {
	var keys [][32]byte
	for i := from; i < to; i++ {
		keys = append(keys, sha256.Sum256(binary.AppendUvarint(nil, uint64(i))))
	}
	return keys
}

func TestAHeadKnowsWhatItWasTrainedOn(t *testing.T) {
	h := small(t)
	Remember(h, "train", append(keysOf(0, 50), keysOf(0, 3)...)) // copies count once
	path := filepath.Join(t.TempDir(), "head.onnx")
	if err := h.Write(path); err != nil {
		t.Fatal(err)
	}
	read, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	for i, key := range keysOf(0, 100) {
		if SplitOf(read, key) == "train" != (i < 50) {
			t.Errorf("image %d of 50: %v", i, SplitOf(read, key) == "train")
		}
	}
	if len(read.trainedOn) != 50 {
		t.Errorf("%d images", len(read.trainedOn))
	}
}

func TestManyImagesAreKnownInPart(t *testing.T) {
	h := small(t)
	Remember(h, "train", keysOf(0, maxPrefixes+1000))
	known := 0
	for _, key := range keysOf(0, maxPrefixes+1000) {
		if SplitOf(h, key) == "train" {
			known++
		}
	}
	if known != maxPrefixes {
		t.Errorf("%d images are known", known)
	}
}

func TestDamagedPrefixes(t *testing.T) {
	for text, want := range map[string]string{"?": "illegal", "AAAA": "cut short", "AgAAAAAAAAABAAAAAAAAAA==": "out of order"} {
		if _, err := decodePrefixes(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
