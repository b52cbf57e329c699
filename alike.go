package headstart

import (
	"context"

	"github.com/digitalinnovationone/headstart/dataset"
)

// DuplicateOptions says which images are duplicates besides those of the same
// bytes. The zero value is a good choice.
type DuplicateOptions struct {
	NoNear  bool    // near-duplicates are not looked for
	Near    float64 // how far apart the embeddings of near-duplicates may be, see CheckData; 0 chooses it from the data
	Flipped bool    // mirrored images are near-duplicates too
}

// alike are samples that show the same picture.
type alike struct {
	groups [][]int // of two samples or more, by index
	bound  float64 // how far apart the embeddings of near-duplicates may be; 0 if they were not looked for
}

// findAlike returns the samples that show the same picture.
func (e *Embeddings) findAlike(ctx context.Context, o DuplicateOptions) (*alike, error) {
	groups, err := duplicateGroups(ctx, e)
	return &alike{groups, sameEmbedding}, err
}

// numbered returns for each sample the number of the unit it is in: samples that
// must not be parted, since they are alike or of one group.
func (e *Embeddings) numbered(same *alike) []int {
	numbers := make([]int, len(e.Samples))
	for n, unit := range dataset.Units(e.Samples, e.Keys, same.groups) {
		for _, i := range unit {
			numbers[i] = n
		}
	}
	return numbers
}
