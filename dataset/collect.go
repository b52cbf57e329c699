package dataset

// collected gathers samples without the copies and the spare capacity that a
// growing slice of a million would need.
type collected struct {
	blocks [][]Sample
	count  int
}

// blockSize is how many samples are gathered in one piece of memory.
const blockSize = 8192

func (c *collected) add(s Sample) {
	if c.count%blockSize == 0 {
		c.blocks = append(c.blocks, make([]Sample, 0, blockSize))
	}
	last := &c.blocks[len(c.blocks)-1]
	*last = append(*last, s)
	c.count++
}

// cut drops what was added after the first count samples.
func (c *collected) cut(count int) {
	blocks := (count + blockSize - 1) / blockSize
	c.blocks = c.blocks[:blocks]
	if within := count % blockSize; within > 0 {
		c.blocks[blocks-1] = c.blocks[blocks-1][:within]
	}
	c.count = count
}

// samples returns all samples and empties c.
func (c *collected) samples() []Sample {
	all := make([]Sample, 0, c.count)
	for i, block := range c.blocks {
		all = append(all, block...)
		c.blocks[i] = nil
	}
	return all
}
