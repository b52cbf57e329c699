package dataset

// Limit keeps at most n samples of the split, drawn by seed from each class in
// turn so that the classes stay balanced, groups whole, and the folders that
// cannot be listed. The order of the samples does not change.
func (d *Dataset) Limit(split Split, n int, seed uint64) {
	byClass := map[string][]int{}
	var classes []string // in order of first appearance
	for i, s := range d.Samples {
		if s.Split != split || s.UnreadableDir {
			continue
		}
		if _, seen := byClass[s.Label]; !seen {
			classes = append(classes, s.Label)
		}
		byClass[s.Label] = append(byClass[s.Label], i)
	}
	kept, count := make([]bool, len(d.Samples)), 0
	for turn := 0; count < n; turn++ {
		before := count
		for _, class := range classes {
			if turn < len(byClass[class]) && count < n {
				kept[byClass[class][turn]] = true
				count++
			}
		}
		if count == before { // every class is used up
			return
		}
	}
	samples := d.Samples[:0]
	for i, s := range d.Samples {
		if s.Split != split || s.UnreadableDir || kept[i] {
			samples = append(samples, s)
		}
	}
	d.Samples = samples
}
