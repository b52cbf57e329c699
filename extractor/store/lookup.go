package store

// lookupBatch bounds for how long a look-up keeps other processes from
// committing: some tens of milliseconds.
const lookupBatch = 1 << 14

// Lookup returns what is known about each key: an entry per key, in order. Rows
// that other processes have committed meanwhile are found, as are those that
// this one has put and not committed yet.
func (s *Store) Lookup(keys []Key) ([]Entry, error) {
	entries := make([]Entry, len(keys))
	// Pending first: a commit moves entries from there to the index, so that in
	// the other order one could be missed on its way.
	s.mu.Lock()
	for i, key := range keys {
		entries[i] = s.pending[key]
	}
	s.mu.Unlock()

	for start := 0; start < len(keys); start += lookupBatch {
		end := min(start+lookupBatch, len(keys))
		if err := s.view(func(tx *indexTx) error {
			for i := start; i < end; i++ {
				if entries[i].State != Missing {
					continue
				}
				var err error
				if entries[i], err = tx.get(&keys[i]); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return nil, err
		}
	}
	return entries, nil
}
