package headstart

import "crypto/sha256"

// writtenScores is what a file of scores holds already. A nil one is empty. A
// million lines take some 40 MB.
type writtenScores struct {
	size    int64 // bytes, to the end of the last line that is whole
	lines   map[pathDigest]struct{}
	reasons map[string]string // by path, why an image that has a line is unreadable, if it is
}

// pathDigest stands for a path that may be long. It is half of a SHA-256, so that
// no two paths have the same one.
type pathDigest [sha256.Size / 2]byte

func digestOf(path string) pathDigest {
	sum := sha256.Sum256([]byte(path))
	return pathDigest(sum[:])
}

func newWrittenScores() *writtenScores {
	return &writtenScores{lines: make(map[pathDigest]struct{}), reasons: make(map[string]string)}
}

// add marks the image of a whole line that ends at the given byte. reason is why
// it is unreadable, or "".
func (b *writtenScores) add(path, reason string, end int64) {
	b.lines[digestOf(path)] = struct{}{}
	if reason != "" {
		b.reasons[path] = reason
	}
	b.size = end
}

func (b *writtenScores) find(path string) (reason string, has bool) {
	if b == nil {
		return "", false
	}
	_, has = b.lines[digestOf(path)]
	return b.reasons[path], has
}
