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
// image says. It takes 48 to 56 bytes per image.
type table struct {
	facts []fact
	slots []uint32 // 1 + index in facts, by the first bytes of the key; 0 is free
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
	for slot := t.first(key); ; slot = (slot + 1) & (len(t.slots) - 1) {
		n := t.slots[slot]
		if n == 0 {
			return nil
		}
		if f := &t.facts[n-1]; f.key == *key {
			return f
		}
	}
}

func (t *table) first(key *Key) int {
	return int(binary.LittleEndian.Uint64(key[:]) & uint64(len(t.slots)-1))
}

// set replaces what is known of an image.
func (t *table) set(f fact) {
	if old := t.find(&f.key); old != nil {
		*old = f
		return
	}
	t.grow(len(t.facts) + 1)
	t.facts = append(t.facts, f)
	t.occupy(len(t.facts))
}

func (t *table) occupy(n int) {
	slot := t.first(&t.facts[n-1].key)
	for t.slots[slot] != 0 {
		slot = (slot + 1) & (len(t.slots) - 1)
	}
	t.slots[slot] = uint32(n)
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
	t.slots = make([]uint32, size)
	for i := range t.facts {
		t.occupy(i + 1)
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
