package head

// SameNumbers reports whether two heads compute the same from every embedding: all of
// their numbers are equal.
func (h *Head) SameNumbers(other *Head) bool { return h.digest() == other.digest() }
