package imageio

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const references = "testdata/reference"

// TestReference compares tensors with what Pillow makes of the same files;
// scripts/reference_preprocessing.py wrote both.
func TestReference(t *testing.T) {
	index, err := os.ReadFile(filepath.Join(references, "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		File, Filter, Want string
		Resize, Crop       int
	}
	if err := json.Unmarshal(index, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) < 40 {
		t.Fatalf("only %d references", len(cases))
	}
	var d Decoder
	for _, c := range cases {
		t.Run(c.Want, func(t *testing.T) {
			p := levels(c.Resize, c.Crop)
			p.Filter = c.Filter
			got := make([]float32, p.Len())
			if err := d.Tensor(t.Context(), got, readFile(t, filepath.Join(references, c.File)), p); err != nil {
				t.Fatal(err)
			}
			mean, largest := difference(got, readLevels(t, filepath.Join(references, c.Want)))
			meanLimit, limit := tolerance(c.File)
			if mean > meanLimit || largest > limit {
				t.Errorf("differs by %.3f levels on average and %.2f at most, allowed are %g and %g", mean, largest, meanLimit, limit)
			}
		})
	}
}

// tolerance is how many levels a tensor may differ by. Where decoders agree to
// the bit there is only rounding. Y'CbCr is resized before it becomes RGB, so
// that colours beyond RGB's range next to a hard edge, which these pictures
// have and photos hardly, are cut off later.
func tolerance(file string) (mean, largest float64) {
	switch {
	case file == "wide.jpg": // decoded at a reduced size
		return 0.8, 16
	case file == "alpha.webp":
		return 1.2, 12
	case strings.HasSuffix(file, ".jpg"), strings.HasSuffix(file, ".webp"), strings.HasSuffix(file, ".avif"), file == "420.heic", file == "jpeg.tif":
		return 0.6, 20
	case file == "grey.heic":
	case strings.HasSuffix(file, ".heic"):
		return 0.8, 8
	}
	return 0.03, 0.2
}

// levels is a preprocessing whose tensor holds the pixels' levels.
func levels(resize, crop int) Preprocessing {
	return Preprocessing{
		Resize: resize, Crop: crop, Filter: "bilinear",
		Std: [3]float32{1, 1, 1}, Layout: "NHWC", Type: "float32",
	}
}

// readLevels reads levels of 8 bits and 8 more of fraction.
func readLevels(t *testing.T, path string) []float32 {
	t.Helper()
	data := readFile(t, path)
	values := make([]float32, len(data)/2)
	for i := range values {
		values[i] = float32(binary.LittleEndian.Uint16(data[2*i:])) / 256
	}
	return values
}

func difference(a, b []float32) (mean, largest float64) {
	if len(a) != len(b) {
		return math.Inf(1), math.Inf(1)
	}
	for i := range a {
		d := math.Abs(float64(a[i] - b[i]))
		mean += d / float64(len(a))
		largest = max(largest, d)
	}
	return mean, largest
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
