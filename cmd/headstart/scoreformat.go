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
	size int // bytes, to the end of the last line that is whole
	// reasons says why each image that has a line is unreadable, "" where it is not.
	reasons map[string]string
}

func newBegunScores() *begunScores { return &begunScores{reasons: make(map[string]string)} }

// add marks the image of a whole line that ends at the given byte.
func (b *begunScores) add(path, reason string, end int) {
	b.reasons[path] = reason
	b.size = end
}

func (b *begunScores) look(path string) (reason string, has bool) {
	if b == nil {
		return "", false
	}
	reason, has = b.reasons[path]
	return reason, has
}

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
