package imageio

import (
	"strings"
	"testing"
)

// FuzzTensor starts from the reference pictures. Whatever the bytes are, there
// is a tensor of levels or an error, and the error is no decoder's panic.
func FuzzTensor(f *testing.F) {
	for _, file := range referenceFiles(f) {
		f.Add(readFile(f, file))
	}
	p := levels(16, 12)
	dst := make([]float32, p.Len())
	f.Fuzz(func(t *testing.T, data []byte) {
		d := Decoder{Limits: Limits{MaxPixels: 1 << 20}}
		err := d.Tensor(t.Context(), dst, data, p)
		if err != nil {
			if strings.Contains(err.Error(), "decoder failed") {
				t.Error(err)
			}
			return
		}
		for _, v := range dst {
			if !(v >= 0 && v <= 255) {
				t.Fatalf("level %v", v)
			}
		}
	})
}
