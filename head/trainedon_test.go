package head

import (
	"crypto/sha256"
	"encoding/binary"
	"path/filepath"
	"strings"
	"testing"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
)

func keysOf(from, to int) [][32]byte {
	var keys [][32]byte
	for i := from; i < to; i++ {
		keys = append(keys, sha256.Sum256(binary.AppendUvarint(nil, uint64(i))))
	}
	return keys
}

func TestAHeadRemembersItsSplits(t *testing.T) {
	h := small(t)
	digest := h.digest()
	Remember(h, "test", keysOf(60, 80))
	Remember(h, "train", append(keysOf(0, 50), keysOf(0, 3)...)) // copies count once
	Remember(h, "val", keysOf(45, 60))
	path := filepath.Join(t.TempDir(), "head.onnx")
	if err := h.Write(path); err != nil {
		t.Fatal(err)
	}
	read, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	for i, key := range keysOf(0, 100) {
		want := ""
		switch {
		case i < 50: // some of which are in val, too
			want = "train"
		case i < 60:
			want = "val"
		case i < 80:
			want = "test"
		}
		if got := SplitOf(read, key); got != want {
			t.Errorf("image %d is in split %q, want %q", i, got, want)
		}
	}
	for split, want := range map[string]int{"train": 50, "val": 15, "test": 20} {
		if got := read.Remembered(split); got != want {
			t.Errorf("%d images of %s, want %d", got, split, want)
		}
	}
	if read.digest() != digest {
		t.Error("what a head remembers changes its digest")
	}
}

func TestAHeadOfAnOlderFileRemembersWhatItWasTrainedOn(t *testing.T) {
	h := small(t)
	Remember(h, "train", keysOf(0, 5))
	data, err := h.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	m, err := onnxgraph.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	if _, found := m.Metadata("headstart.test"); found {
		t.Error("an entry for a split without images")
	}
	read, err := fromModel(m)
	if err != nil {
		t.Fatal(err)
	}
	if read.Remembered("train") != 5 || read.Remembered("val") != 0 || SplitOf(read, keysOf(9, 10)[0]) != "" {
		t.Errorf("%d images of train, %d of val", read.Remembered("train"), read.Remembered("val"))
	}
}

func TestManyImagesAreKnownInPart(t *testing.T) {
	h := small(t)
	Remember(h, "test", keysOf(0, MaxRemembered+1000))
	known := 0
	for _, key := range keysOf(0, MaxRemembered+1000) {
		if SplitOf(h, key) == "test" {
			known++
		}
	}
	if known != MaxRemembered || h.Remembered("test") != MaxRemembered {
		t.Errorf("%d images are known", known)
	}
	Remember(h, "train", keysOf(0, MaxRemembered+1000))
	sure := 0
	for _, key := range keysOf(0, MaxRemembered+1000) {
		if (SplitOf(h, key) != "") != Knows(h, key) {
			t.Fatal("the head is sure of a training image that it has forgotten, or not sure of one that it remembers")
		}
	}
	for _, key := range keysOf(MaxRemembered+1000, MaxRemembered+2000) {
		if Knows(h, key) {
			sure++
		}
	}
	if sure < 950 || sure == 1000 { // about 1 % of digests are higher than all that are remembered
		t.Errorf("sure of %d of 1000 other images", sure)
	}
}

func TestDamagedMemory(t *testing.T) {
	for text, want := range map[string]string{"?": "illegal", "AAAA": "cut short", "AgAAAAAAAAABAAAAAAAAAA==": "out of order"} {
		for _, s := range splits {
			m := onnxgraph.New("head")
			m.SetMetadata(s.key, text)
			if err := new(memory).read(m); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), s.key) {
				t.Errorf("%s: %v", text, err)
			}
		}
	}
}
