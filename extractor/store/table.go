package store

import "encoding/binary"

// Limits that keep numbers within what a table has room for, and what is
// computed from them within an int64.
const (
	maxRows    = 1 << 31
	maxRecords = 1 << 31
	maxDim     = 1 << 24
)

// A table is the look-up of a keys.log in memory: what the last record of each
// image says. It takes 52 to 64 bytes per image.
type table struct {
	facts []fact
	// slots is open addressing by the first bytes of the key: 1 + index in facts,
	// and above it four more bytes of the key, so that few other facts are touched
	// on the way to one. 0 is free.
	slots []uint64
}

// A fact is what is known of one image.
type fact struct {
	key Key
	// at is the row; of an unreadable image, the index of its record |
	// isUnreadable; lost if its row was found damaged.
	at  uint32
	sum uint32 // of the row
}

const (
	isUnreadable = 1 << 31
	lost         = 1<<32 - 1
)

func (f *fact) state() State {
	switch {
	case f == nil || f.at == lost:
		return Missing
	case f.at&isUnreadable != 0:
		return Unreadable
	}
	return Stored
}

// find returns what is known of an image, or nil. It is valid until set is called.
func (t *table) find(key *Key) *fact {
	if len(t.slots) == 0 {
		return nil
	}
	if n := uint32(t.slots[t.probe(key)]); n != 0 {
		return &t.facts[n-1]
	}
	return nil
}

// probe returns the slot of an image, or the free one where it belongs.
func (t *table) probe(key *Key) int {
	last := uint64(len(t.slots) - 1)
	slot, tag := binary.LittleEndian.Uint64(key[:])&last, binary.LittleEndian.Uint32(key[8:])
	for ; ; slot = (slot + 1) & last {
		n := t.slots[slot]
		if n == 0 || uint32(n>>32) == tag && t.facts[uint32(n)-1].key == *key {
			return int(slot)
		}
	}
}

// set replaces what is known of an image.
func (t *table) set(f fact) {
	t.grow(len(t.facts) + 1)
	slot := t.probe(&f.key)
	if n := uint32(t.slots[slot]); n != 0 {
		t.facts[n-1] = f
		return
	}
	t.facts = append(t.facts, f)
	t.slots[slot] = slotOf(&f.key, len(t.facts))
}

func slotOf(key *Key, n int) uint64 {
	return uint64(binary.LittleEndian.Uint32(key[8:]))<<32 | uint64(n)
}

// grow makes room for n facts in all, with a third of the slots free or more.
func (t *table) grow(n int) {
	if len(t.slots) >= n+n/2 {
		return
	}
	size := max(64, len(t.slots))
	for size < n+n/2 {
		size *= 2
	}
	t.slots = make([]uint64, size)
	for i := range t.facts {
		key := &t.facts[i].key
		t.slots[t.probe(key)] = slotOf(key, i+1)
	}
}

// reserve makes room for n more facts, so that memory for a large log is taken
// once.
func (t *table) reserve(n int64) {
	if n > int64(cap(t.facts)-len(t.facts)) && n > 1<<12 {
		t.facts = append(make([]fact, 0, int64(len(t.facts))+n), t.facts...)
		t.grow(cap(t.facts))
	}
}
