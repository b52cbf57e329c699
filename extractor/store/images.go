package store

import (
	"cmp"
	"slices"
)

// An Image is a stored image's key and row.
type Image struct {
	Key Key
	Row int64
}

// Images returns all images that have an embedding, in the order of their rows.
// It takes 40 bytes per image.
func (s *Store) Images() ([]Image, error) {
	var images []Image
	if err := s.view(func(tx *indexTx) error {
		return tx.entries.ForEach(func(name, value []byte) error {
			e, _, err := parseValue(value, tx.rows)
			if err != nil || len(name) != len(Key{}) {
				return s.index.damaged("an entry cannot be read")
			}
			if e.State == Stored {
				images = append(images, Image{Key(name), e.Row})
			}
			return nil
		})
	}); err != nil {
		return nil, err
	}
	slices.SortFunc(images, func(a, b Image) int { return cmp.Compare(a.Row, b.Row) })
	return images, nil
}
