package dataset

// Limit keeps at most n samples of the split, the first of each class in
// turn, so that the classes stay as even as they can be, and folders that could
// not be listed. The order of the samples stays as it was.
func (d *Dataset) Limit(split Split, n int) {
	byClass := map[string][]int{}
	var classes []string // in order of first appearance
	for i, s := range d.Samples {
		if s.Split != split || s.Unlisted {
			continue
		}
		if _, seen := byClass[s.Label]; !seen {
			classes = append(classes, s.Label)
		}
		byClass[s.Label] = append(byClass[s.Label], i)
	}
	kept := map[int]bool{}
	for turn := 0; len(kept) < n; turn++ {
		before := len(kept)
		for _, class := range classes {
			if turn < len(byClass[class]) && len(kept) < n {
				kept[byClass[class][turn]] = true
			}
		}
		if len(kept) == before { // every class is used up
			return
		}
	}
	samples := d.Samples[:0]
	for i, s := range d.Samples {
		if s.Split != split || s.Unlisted || kept[i] {
			samples = append(samples, s)
		}
	}
	d.Samples = samples
}
