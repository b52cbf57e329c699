package store

// Info is what a store's index says of it, and its size.
type Info struct {
	Rows       int64 // in vectors.npy
	Unused     int64 // of the rows, those that Repair took from their image
	Unreadable int64 // images without a row, because they cannot be decoded
	Dim        int   // values per row
	Bytes      int64 // of the files in the spec's folder
}

// Images returns how many images have an embedding.
func (i Info) Images() int64 { return i.Rows - i.Unused }

// Info returns the store's size, including what other processes have committed.
func (s *Store) Info() (Info, error) {
	info := Info{Dim: s.dim}
	err := s.view(func(tx *indexTx) error {
		info.Rows, info.Unused, info.Unreadable = tx.rows, tx.unused, tx.unreadable
		return nil
	})
	if err != nil {
		return Info{}, err
	}
	info.Bytes, err = size(s.dir)
	return info, err
}
