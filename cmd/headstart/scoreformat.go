package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"slices"
)

// scoreFormat is a form of the lines that score writes.
type scoreFormat interface {
	// header is what a file begins with.
	header() []byte
	// line is an image's line, valid until the next call.
	line(*scored) []byte
	// resume reads a file to its end. Its error says what is not as this format
	// writes it.
	resume(file scoreFile) (*begunScores, error)
}

// scoreFile is what an earlier run has written.
type scoreFile interface {
	io.Reader
	Size() int64 // bytes
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
