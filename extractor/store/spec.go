package store

import (
	"crypto/sha256"
	"encoding/hex"
)

// A Key is the SHA-256 of an image's bytes.
type Key [sha256.Size]byte

// String returns the key in hexadecimal.
func (k Key) String() string { return hex.EncodeToString(k[:]) }

// A Spec is what rows depend on besides the image.
type Spec struct {
	Dim  int    // values per row
	JSON []byte // what spec.json holds, for people and for other programs
}

// specHash is the first half of the SHA-256 of a spec.json.
type specHash [16]byte

func hashOf(json []byte) (h specHash) {
	sum := sha256.Sum256(json)
	copy(h[:], sum[:])
	return h
}

func (h specHash) String() string { return hex.EncodeToString(h[:]) }

// parseHash reads a hash as String writes it.
func parseHash(text string) (h specHash, ok bool) {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != len(h) || hex.EncodeToString(b) != text {
		return h, false
	}
	return specHash(b), true
}

// Hash returns the name of the folder of the rows: 32 hexadecimal digits of the
// SHA-256 of JSON.
func (s Spec) Hash() string { return hashOf(s.JSON).String() }
