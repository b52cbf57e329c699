package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"slices"
)

// scoreFormat is a form of the lines that score writes.
type scoreFormat interface {
	// header is what a file begins with.
	header() []byte
	// line is an image's line, valid until the next call.
	line(*scored) []byte
	// resume reads what an earlier run has written. Its error says what is not
	// as this format writes it.
	resume(data []byte) (*begunScores, error)
}

// begunScores is what a file of scores holds already. A nil one is empty.
type begunScores struct {
	size  int // bytes, to the end of the last line that is whole
	paths map[string]bool
}

func newBegunScores() *begunScores { return &begunScores{paths: make(map[string]bool)} }

// add marks the image of a whole line that ends at the given byte.
func (b *begunScores) add(path string, end int) {
	b.paths[path] = true
	b.size = end
}

func (b *begunScores) has(path string) bool { return b != nil && b.paths[path] }

// headDigest tells a head file from others, in 12 digits.
func headDigest(path string) (string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	digest := sha256.Sum256(data)
	return hex.EncodeToString(digest[:6]), nil
}

// likeliest returns the indices of the n largest probabilities, the largest
// first and equals in the order of the classes.
func likeliest(probabilities []float64, n int) []int {
	order := make([]int, len(probabilities))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(probabilities[b], probabilities[a]) })
	return order[:n]
}
