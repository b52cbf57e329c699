package imageio

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzTensor starts from pictures of a few pixels, which scripts/tiny_images.py and
// scripts/compare_wild.py made: minimising one input takes time that grows with the square of its length.
// Whatever the bytes are, there is a tensor of levels or an error, and the error
// is not a decoder's panic; the thumbnail beside the tensor is the one made alone. Of AVIF and HEIC files it reads only the boxes: what
// decodes them is not our code, runs in a sandbox, and is a thousand times slower.
func FuzzTensor(f *testing.F) {
	files := tinyFiles(f)
	for _, file := range files {
		f.Add(readFile(f, file))
	}
	for _, c := range drawnKinds(f) {
		const small = 2500
		if data := readFile(f, filepath.Join(kinds, c.File)); len(data) < small {
			f.Add(data)
		}
	}
	f.Add([]byte("\x00\x00\x00\x10ftypheic\x00\x00\x00\x00\x00\x00\x00\x24meta\x00\x00\x00\x00\x00\x00\x00\x18iprp\x00\x00\x00\x10ipco\x00\x00\x00\x08ispe"))
	p := levels(16, 12)
	dst := make([]float32, p.Len())
	alone := make([]byte, ThumbnailLen)
	d := Decoder{Limits: Limits{MaxPixels: 1 << 16}, AlsoThumbnail: make([]byte, ThumbnailLen)}
	f.Fuzz(func(t *testing.T, data []byte) {
		if f := sniff(data); f != nil && (f.name == "AVIF" || f.name == "HEIC") {
			_, _ = f.plan(&d, data, p)
			return
		}
		err := d.Tensor(context.Background(), dst, data, p)
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
		if err := d.Thumbnail(context.Background(), alone, data); err != nil || !bytes.Equal(alone, d.AlsoThumbnail) {
			t.Errorf("another thumbnail, or %v", err)
		}
	})
}

func tinyFiles(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/tiny/*")
	if err != nil || len(files) < 15 {
		t.Fatalf("only %d tiny pictures, %v", len(files), err)
	}
	return files
}

// TestTiny decodes what the fuzzer starts from.
func TestTiny(t *testing.T) {
	for _, file := range tinyFiles(t) {
		tensor(t, readFile(t, file), levels(4, 4))
	}
}

// TestFuzzerFinds decodes what the fuzzer has found before.
func TestFuzzerFinds(t *testing.T) {
	var d Decoder
	p := levels(16, 12)
	file := "testdata/damaged/third.jpg" // with components of a third of the pixels
	if err := d.Tensor(t.Context(), make([]float32, p.Len()), readFile(t, file), p); err != nil {
		t.Errorf("%s: %v", file, err)
	}
}
