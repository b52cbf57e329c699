package head

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
)

// splits are those that a head remembers, the one that matters most for an image
// of several first. In the file's metadata each has an entry.
var splits = [...]struct{ name, key string }{
	{"train", "headstart.trained_on"},
	{"val", "headstart.val"},
	{"test", "headstart.test"},
}

// MaxRemembered is how many images of a split a head remembers at most, in 800 kB.
const MaxRemembered = 100_000

const prefixLength = 8 // bytes of a digest that are kept: enough for two images never to share them

type prefix [prefixLength]byte

// memory has for each of splits the digests of its images, sorted.
type memory [len(splits)][]prefix

func (m *memory) of(split string) *[]prefix {
	for i, s := range splits {
		if s.name == split {
			return &m[i]
		}
	}
	panic("head: there is no split " + split)
}

// Remember records the SHA-256 of each image of a split, "train", "val" or
// "test", for SplitOf. The split that the head was fitted to is "train"; to it belong
// duplicates that are in other splits, since they too are no test of the head. Of
// more than MaxRemembered images it keeps those with the lowest digests, which is as good
// as a random sample.
func Remember[Key ~[32]byte](h *Head, split string, keys []Key) {
	prefixes := make([]prefix, len(keys))
	for i, key := range keys {
		prefixes[i] = prefix(key[:prefixLength])
	}
	slices.SortFunc(prefixes, comparePrefixes)
	prefixes = slices.Compact(prefixes)
	*h.remembered.of(split) = slices.Clone(prefixes[:min(len(prefixes), MaxRemembered)])
}

// SplitOf returns the split that the image with the given SHA-256 was in when the
// head was trained, and "" for an image that it does not know. An image of
// several splits, or a duplicate of a training image, is in "train" before "val" and
// "test". Files of older versions know only the images that they were trained on, or
// none.
func SplitOf[Key ~[32]byte](h *Head, key Key) (split string) {
	for i, s := range splits {
		if _, found := slices.BinarySearchFunc(h.remembered[i], prefix(key[:prefixLength]), comparePrefixes); found {
			return s.name
		}
	}
	return ""
}

// Knows reports whether the head is sure that it was or was not trained on the image
// with the given SHA-256. If it has forgotten some of its training images, those have
// higher digests than all that it remembers.
func Knows[Key ~[32]byte](h *Head, key Key) bool {
	trained := h.remembered[0]
	return len(trained) < MaxRemembered || SplitOf(h, key) != "" ||
		comparePrefixes(prefix(key[:prefixLength]), trained[len(trained)-1]) < 0
}

// Remembered returns how many different images of a split, "train", "val" or
// "test", the head knows: at most MaxRemembered.
func (h *Head) Remembered(split string) int { return len(*h.remembered.of(split)) }

func comparePrefixes(a, b prefix) int { return bytes.Compare(a[:], b[:]) }

func (m *memory) write(model *onnxgraph.Model) {
	for i, s := range splits {
		if len(m[i]) > 0 {
			model.SetMetadata(s.key, encodePrefixes(m[i]))
		}
	}
}

func (m *memory) read(model *onnxgraph.Model) error {
	for i, s := range splits {
		text, found := model.Metadata(s.key)
		if !found {
			continue
		}
		var err error
		if m[i], err = decodePrefixes(text); err != nil {
			return fmt.Errorf("metadata %s: %w", s.key, err)
		}
	}
	return nil
}

func encodePrefixes(prefixes []prefix) string {
	var data []byte
	for _, p := range prefixes {
		data = append(data, p[:]...)
	}
	return base64.StdEncoding.EncodeToString(data)
}

func decodePrefixes(text string) ([]prefix, error) {
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, err
	}
	if len(data)%prefixLength != 0 {
		return nil, errors.New("it is cut short")
	}
	var prefixes []prefix
	for part := range slices.Chunk(data, prefixLength) {
		prefixes = append(prefixes, prefix(part))
	}
	if !slices.IsSortedFunc(prefixes, comparePrefixes) {
		return nil, errors.New("it is out of order")
	}
	return prefixes, nil
}
