package imageio

import (
	"strings"
	"testing"
)

// FuzzTensor starts from the reference pictures. Whatever the bytes are, there
// is a tensor of levels or an error, and the error is no decoder's panic. Of
// AVIF and HEIC files it reads the boxes only: what decodes them is not our code,
// runs in a sandbox, and is a thousand times slower.
func FuzzTensor(f *testing.F) {
	const mostBytes = 8 << 10
	for _, file := range referenceFiles(f) {
		if data := readFile(f, file); len(data) <= mostBytes {
			f.Add(data)
		}
	}
	p := levels(16, 12)
	dst := make([]float32, p.Len())
	d := Decoder{Limits: Limits{MaxPixels: 1 << 16}}
	f.Fuzz(func(t *testing.T, data []byte) {
		if name := Format(data); name == "AVIF" || name == "HEIC" {
			_, _ = sniff(data).plan(&d, data, p)
			return
		}
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
