package store

import "os"

// Info is what a store's index says of it, and its size.
type Info struct {
	Rows       int64 // images with an embedding
	Unreadable int64 // images without, because they cannot be decoded
	Dim        int   // values per embedding
	Bytes      int64 // of the files in the spec's folder
}

// Info returns the store's size, including what other processes have committed.
func (s *Store) Info() (Info, error) {
	info := Info{Dim: s.dim}
	if err := s.view(func(tx *indexTx) error {
		info.Rows, info.Unreadable = tx.rows, tx.unreadable
		return nil
	}); err != nil {
		return Info{}, err
	}
	files, err := os.ReadDir(s.dir)
	if err != nil {
		return Info{}, err
	}
	for _, file := range files {
		if stat, err := file.Info(); err == nil && stat.Mode().IsRegular() {
			info.Bytes += stat.Size()
		}
	}
	return info, nil
}
