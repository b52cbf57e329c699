package imageio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func TestNotImage(t *testing.T) {
	var d Decoder
	p := levels(8, 8)
	for _, content := range []string{"", "x", "BMW is a car maker, and this no picture", "P5", "\xd0\xcf\x11\xe0 Thumbs.db", "<svg/>"} {
		if err := d.Tensor(t.Context(), make([]float32, p.Len()), []byte(content), p); !errors.Is(err, ErrNotImage) {
			t.Errorf("%q: %v", content, err)
		}
	}
}

func TestWrongUse(t *testing.T) {
	var d Decoder
	file := encodePNG(t, gradient(9, 9))
	p := levels(8, 8)
	if err := d.Tensor(t.Context(), make([]float32, p.Len()-1), file, p); err == nil {
		t.Error("a tensor that is too short passed")
	}
	p.Type = "uint8"
	if err := d.Tensor(t.Context(), make([]float32, p.Len()), file, p); err == nil {
		t.Error("bytes were made into floats")
	}
	if err := d.TensorOfBytes(t.Context(), make([]uint8, p.Len()), file, levels(8, 8)); err == nil {
		t.Error("floats were made into bytes")
	}
	p.Filter = "nearest"
	if err := d.Tensor(t.Context(), make([]float32, p.Len()), file, p); err == nil {
		t.Error("an unknown filter passed")
	}
}

// TestBytes expects a tensor of bytes to be the rounded one of floats, in both
// layouts and however a picture is turned.
func TestBytes(t *testing.T) {
	for _, name := range []string{"420.jpg", "turned.jpg", "rgb.png"} {
		for _, layout := range []string{"NCHW", "NHWC"} {
			p := levels(25, 21)
			p.Layout = layout
			file := readFile(t, filepath.Join(references, name))
			floats, bytes := make([]float32, p.Len()), make([]uint8, p.Len())
			var d Decoder
			if err := d.Tensor(t.Context(), floats, file, p); err != nil {
				t.Fatal(err)
			}
			p.Type = "uint8"
			if err := d.TensorOfBytes(t.Context(), bytes, file, p); err != nil {
				t.Fatal(err)
			}
			for i, v := range floats {
				if want := uint8(math.Floor(float64(v) + 0.5)); bytes[i] != want {
					t.Fatalf("%s %s: value %d is %d, not %d", name, layout, i, bytes[i], want)
				}
			}
		}
	}
}

// TestLimit hands over headers that claim what nobody has memory for.
func TestLimit(t *testing.T) {
	for name, file := range map[string]string{
		"PNG":  string(pngClaiming(5000, 300000)),
		"GIF":  "GIF89a\xff\xff\xff\xff\x00\x00\x00",
		"BMP":  "BM\x00\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00\x00\x00\x01\x00\x00\x00\x01\x00\x01\x00\x18\x00",
		"PNM":  "P6 100000 100000 255\n",
		"JPEG": "\xff\xd8\xff\xc0\x00\x11\x08\xff\xff\xff\xff\x03\x01\x11\x00\x02\x11\x00\x03\x11\x00\xff\xda",
		"TIFF": "II*\x00\x08\x00\x00\x00\x02\x00\x00\x01\x04\x00\x01\x00\x00\x00\xff\xff\xff\x00\x01\x01\x04\x00\x01\x00\x00\x00\xff\xff\xff\x00",
		"WebP": "RIFF\x1e\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x02\x00\x00\x00\xff\xff\xff\xff\xff\x00ANMF\x00\x00\x00\x00",
	} {
		var d Decoder
		p := levels(8, 8)
		before := allocated()
		err := d.Tensor(t.Context(), make([]float32, p.Len()), []byte(file), p)
		if err == nil || name != "WebP" && !strings.Contains(err.Error(), "over the limit of 100 megapixels") {
			t.Errorf("%s: %v", name, err)
		}
		if taken := allocated() - before; taken > 10<<20 {
			t.Errorf("%s: %d MiB were taken to find out", name, taken>>20)
		}
	}
	d := Decoder{Limits: Limits{MaxPixels: 80}}
	p := levels(8, 8)
	err := d.Tensor(t.Context(), make([]float32, p.Len()), encodePNG(t, gradient(9, 9)), p)
	if want := "9x9 pixels are over the limit of 80 pixels"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func pngClaiming(width, height uint32) []byte {
	header := binary.BigEndian.AppendUint32([]byte("IHDR"), width)
	header = binary.BigEndian.AppendUint32(header, height)
	header = append(header, 8, 2, 0, 0, 0)
	file := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), header...)
	return binary.BigEndian.AppendUint32(file, crc32.ChecksumIEEE(header))
}

func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

// TestCutOff reads files that end too early: no panic, no hang, and where half
// is missing a reason.
func TestCutOff(t *testing.T) {
	p := levels(16, 16)
	dst := make([]float32, p.Len())
	for _, file := range referenceFiles(t) {
		if strings.HasSuffix(file, ".avif") {
			continue // slow to start, and libavif's own business
		}
		data := readFile(t, file)
		var d Decoder
		for cut := len(data) - 1; cut > 0; cut -= 1 + len(data)/50 {
			err := d.Tensor(t.Context(), dst, data[:cut], p)
			if err != nil && strings.Contains(err.Error(), "decoder failed") {
				t.Errorf("%s cut to %d bytes: %v", file, cut, err)
			}
			if err == nil && cut < len(data)/2 {
				t.Errorf("%s cut to %d of %d bytes was read", file, cut, len(data))
			}
		}
	}
	var d Decoder
	jpeg := readFile(t, filepath.Join(references, "420.jpg"))
	if err := d.Tensor(t.Context(), dst, jpeg[:len(jpeg)/2], p); err == nil || err.Error() != "JPEG: unexpected end of data" {
		t.Errorf("half a JPEG: %v", err)
	}
}

// TestDamage flips bits all over files. Whatever comes of it, it is no panic.
func TestDamage(t *testing.T) {
	p := levels(16, 16)
	dst := make([]float32, p.Len())
	var d Decoder
	for _, file := range referenceFiles(t) {
		tries := 150
		if strings.HasSuffix(file, ".avif") || strings.HasSuffix(file, ".heic") { // in their sandbox ten times slower
			tries = 4
		}
		if isRaceBuild() { // ten times slower, and one goroutine finds no races
			tries = min(tries, 10)
		}
		data := readFile(t, file)
		for at := 0; at < len(data); at += 1 + len(data)/tries {
			damaged := bytes.Clone(data)
			damaged[at] ^= 1 << (at % 8)
			if err := d.Tensor(t.Context(), dst, damaged, p); err != nil && strings.Contains(err.Error(), "decoder failed") {
				t.Errorf("%s with byte %d changed: %v", file, at, err)
			}
		}
	}
}

// TestPanic has a decoder panic, after which the next image is read as ever.
func TestPanic(t *testing.T) {
	broken := format{"Broken", startsWith("broken"), func(*Decoder, []byte, Preprocessing) (plan, error) { panic("oh") }}
	defer func(before []format) { formats = before }(formats)
	formats = append(slices.Clone(formats), broken)
	var d Decoder
	p := levels(8, 8)
	err := d.Tensor(t.Context(), make([]float32, p.Len()), []byte("broken"), p)
	if want := "Broken: the decoder failed: oh"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	if err := d.Tensor(t.Context(), make([]float32, p.Len()), encodePNG(t, gradient(9, 9)), p); err != nil {
		t.Error(err)
	}
}

// TestReuse decodes pictures of all kinds and sizes one after another and
// expects to the bit what decoders of their own give.
func TestReuse(t *testing.T) {
	var reused Decoder
	for _, p := range []Preprocessing{levels(20, 20), levels(33, 7)} {
		for _, file := range referenceFiles(t) {
			if strings.HasSuffix(file, ".avif") {
				continue
			}
			data := readFile(t, file)
			got := make([]float32, p.Len())
			if err := reused.Tensor(t.Context(), got, data, p); err != nil {
				t.Fatal(file, err)
			}
			if !slices.Equal(got, tensor(t, data, p)) {
				t.Errorf("%s gives other numbers in a decoder that was used before", file)
			}
		}
	}
}

func TestLayoutAndNormalisation(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 3, 3))
	for i := range 9 {
		img.SetNRGBA(i%3, i/3, color.NRGBA{10, 20, 30, 255})
	}
	p := Preprocessing{
		Resize: 2, Crop: 2, Filter: "bicubic",
		Mean: [3]float32{0, 10, 40}, Std: [3]float32{1, 2, 4}, Layout: "NCHW", Type: "float32",
	}
	want := []float32{10, 10, 10, 10, 5, 5, 5, 5, -2.5, -2.5, -2.5, -2.5}
	if got := tensor(t, encodePNG(t, img), p); !slices.Equal(got, want) {
		t.Errorf("NCHW: %v", got)
	}
	p.Layout = "NHWC"
	want = []float32{10, 5, -2.5, 10, 5, -2.5, 10, 5, -2.5, 10, 5, -2.5}
	if got := tensor(t, encodePNG(t, img), p); !slices.Equal(got, want) {
		t.Errorf("NHWC: %v", got)
	}
}

// TestExtremeShapes has pictures a pixel wide, or far longer than wide.
func TestExtremeShapes(t *testing.T) {
	for _, size := range []image.Point{{1, 1}, {1, 3000}, {3000, 1}, {2, 2}, {7, 500}} {
		img := image.NewNRGBA(image.Rectangle{Max: size})
		for i := range img.Pix {
			img.Pix[i] = 255
		}
		for _, filter := range []string{"bilinear", "bicubic"} {
			p := levels(9, 5)
			p.Filter = filter
			for _, v := range tensor(t, encodePNG(t, img), p) {
				if v != 255 {
					t.Fatalf("%v %s: white became %v", size, filter, v)
				}
			}
		}
	}
}

// referenceFiles are the pictures among the references.
func referenceFiles(t testing.TB) []string {
	t.Helper()
	entries, err := os.ReadDir(references)
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, entry := range entries {
		if strings.Count(entry.Name(), ".") == 1 && entry.Name() != "index.json" {
			files = append(files, filepath.Join(references, entry.Name()))
		}
	}
	if len(files) < 30 {
		t.Fatalf("only %d reference pictures", len(files))
	}
	return files
}
