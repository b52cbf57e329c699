package head

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
)

// trainedOnKey is the entry of the file's metadata that names the images a head
// was fitted to.
const trainedOnKey = "headstart.trained_on"

const (
	prefixLength = 8       // bytes of a digest that are kept: enough for two images never to share them
	maxPrefixes  = 100_000 // 800 kB
)

type prefix [prefixLength]byte

// Remember records the SHA-256 of each image of a split, for SplitOf. The split
// that the head was fitted to is "train". Of more than 100,000 images it keeps
// those with the lowest digests, which is as good as a random sample.
func Remember[Key ~[32]byte](h *Head, split string, keys []Key) {
	prefixes := make([]prefix, len(keys))
	for i, key := range keys {
		prefixes[i] = prefix(key[:prefixLength])
	}
	slices.SortFunc(prefixes, comparePrefixes)
	prefixes = slices.Compact(prefixes)
	// TODO: the other splits
	h.trainedOn = prefixes[:min(len(prefixes), maxPrefixes)]
}

// SplitOf returns the split that the image with the given SHA-256 was in when the
// head was trained, and "" for an image that it does not know. Files of older
// versions know only the images that they were trained on, or none.
func SplitOf[Key ~[32]byte](h *Head, key Key) (split string) {
	if _, found := slices.BinarySearchFunc(h.trainedOn, prefix(key[:prefixLength]), comparePrefixes); found {
		return "train"
	}
	return ""
}

func comparePrefixes(a, b prefix) int { return bytes.Compare(a[:], b[:]) }

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
		return nil, fmt.Errorf("metadata %s: %w", trainedOnKey, err)
	}
	if len(data)%prefixLength != 0 {
		return nil, fmt.Errorf("metadata %s is cut short", trainedOnKey)
	}
	var prefixes []prefix
	for part := range slices.Chunk(data, prefixLength) {
		prefixes = append(prefixes, prefix(part))
	}
	if !slices.IsSortedFunc(prefixes, comparePrefixes) {
		return nil, errors.New("metadata " + trainedOnKey + " is out of order")
	}
	return prefixes, nil
}
