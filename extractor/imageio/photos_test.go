package imageio

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/digitalinnovationone/headstart/extractor/imageio/internal/baseline"
)

// photos is where real photos and broken files are kept, beside the
// repository; they are not part of it.
const photos = "../../../shared/data"

func photoFiles(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(photos, pattern))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("../shared/data is not there")
	}
	return files
}

// TestPhotosTurned has photos in all orientations: those of one scene must all
// look the same.
func TestPhotosTurned(t *testing.T) {
	for _, scene := range []string{"Landscape", "Portrait"} {
		files := photoFiles(t, "odd_inputs/exif_orientation/"+scene+"_*")
		upright := tensor(t, readFile(t, files[1]), levels(224, 224))
		for _, file := range files {
			if c := cosine(tensor(t, readFile(t, file), levels(224, 224)), upright); c < 0.99 {
				t.Errorf("%s: cosine %.4f to the upright photo", filepath.Base(file), c)
			}
		}
	}
}

// TestReducedDecoding compares large photos decoded at a reduced size with the
// same decoded whole.
func TestReducedDecoding(t *testing.T) {
	for _, file := range photoFiles(t, "large_photos/*.jpg") {
		data := readFile(t, file)
		var d Decoder
		header := readJPEGHeader(data)
		p := levels(224, 224)
		whole, reduced := make([]float32, p.Len()), make([]float32, p.Len())
		if shrinkFor(header, p) == 1 {
			t.Errorf("%s is not reduced", filepath.Base(file))
		}
		if err := d.Tensor(t.Context(), reduced, data, p); err != nil {
			t.Fatal(err)
		}
		decoded, err := new(baseline.Decoder).Decode(t.Context(), data, baseline.Options{Shrink: 1, Keep: header.bounds()})
		if err != nil {
			t.Fatal(err)
		}
		pic, err := baselinePicture(t.Context(), decoded, 1, header)
		if err != nil {
			t.Fatal(err)
		}
		pic.turn = header.turn
		if err := d.samplers.render(t.Context(), output{floats: whole}, pic, p); err != nil {
			t.Fatal(err)
		}
		if mean, _ := difference(whole, reduced); mean > 0.6 || cosine(whole, reduced) < 0.9999 {
			t.Errorf("%s: differs by %.2f levels on average, cosine %.5f", filepath.Base(file), mean, cosine(whole, reduced))
		}
	}
}

// TestOddInputs reads what is broken, huge or strange, in one decoder.
func TestOddInputs(t *testing.T) {
	if _, err := os.Stat(filepath.Join(photos, "odd_inputs")); err != nil {
		t.Skip("../shared/data is not there")
	}
	var d Decoder
	p := levels(224, 224)
	dst := make([]float32, p.Len())
	read, refused := 0, 0
	err := filepath.WalkDir(filepath.Join(photos, "odd_inputs"), func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		err = d.Tensor(t.Context(), dst, readFile(t, path), p)
		if err != nil {
			refused++
			if strings.Contains(err.Error(), "decoder failed") {
				t.Errorf("%s: %v", path, err)
			}
			return nil
		}
		read++
		for _, v := range dst {
			if !(v >= 0 && v <= 255) {
				t.Errorf("%s: level %v", path, v)
				break
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if read < 250 || refused < 250 {
		t.Errorf("%d read and %d refused, of about 590 of which half are broken", read, refused)
	}
}

func cosine(a, b []float32) float64 {
	const middle = 127
	var ab, aa, bb float64
	for i := range a {
		x, y := float64(a[i])-middle, float64(b[i])-middle
		ab, aa, bb = ab+x*y, aa+x*x, bb+y*y
	}
	return ab / math.Sqrt(aa*bb)
}
