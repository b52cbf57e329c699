package imageio

import (
	"image"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/digitalinnovationone/headstart/extractor/imageio/internal/jpeg"
	"github.com/disintegration/imaging"
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
		if shrinkFor(readJPEGHeader(data), levels(224, 224)) == 1 {
			t.Errorf("%s is not reduced", filepath.Base(file))
		}
		mean, c := reduction(t, data)
		if mean > 0.3 || c < 0.9999 {
			t.Errorf("%s: differs by %.2f levels on average, cosine %.5f", filepath.Base(file), mean, c)
		}
	}
}

// TestPhotosOfScreens does the same with pictures that consist of fine stripes,
// which means over neighbouring pixels would turn into wider ones.
func TestPhotosOfScreens(t *testing.T) {
	const size = 1350
	for _, stripes := range []float64{2.2, 2.5} {
		data := encodeJPEG(t, screen(size, stripes), 92)
		if mean, cosine := reduction(t, data); mean > 1 || cosine < 0.9999 {
			t.Errorf("stripes of %g: differs by %.2f levels on average, cosine %.5f", stripes, mean, cosine)
		}
	}
	for side, want := range map[int]int{1340: 1, size: 2, 2600: 2, 2700: 4, 7100: 4, 7200: 8} {
		if got := shrinkFor(jpegHeader{Header: jpeg.Header{Width: side, Height: 2 * side}}, levels(224, 224)); got != want {
			t.Errorf("%d pixels are decoded at 1/%d, not 1/%d", side, got, want)
		}
	}
}

// screen is a photo of a screen of red, green and blue stripes that shows boxes.
func screen(size int, pitch float64) image.Image {
	shown := imaging.Resize(drawing(64, 64), size, size, imaging.Linear)
	for y := range size {
		for x := range size {
			pixel := shown.Pix[shown.PixOffset(x, y):][:3]
			for channel := range pixel {
				stripe := (1 + math.Cos(2*math.Pi*((float64(x)+0.02*float64(y))/pitch-float64(channel)/3))) / 2
				pixel[channel] = uint8(stripe * float64(pixel[channel]))
			}
		}
	}
	return shown
}

// reduction tells how a photo that is decoded at a reduced size differs from the
// same decoded whole: by so many levels on average, and the cosine.
func reduction(t *testing.T, data []byte) (mean, c float64) {
	t.Helper()
	header, p := readJPEGHeader(data), levels(224, 224)
	decoded, err := new(jpeg.Decoder).Decode(t.Context(), data, jpeg.Options{Shrink: 1, Keep: header.Bounds()})
	if err != nil {
		t.Fatal(err)
	}
	pic, err := jpegPicture(t.Context(), decoded, 1, header)
	if err != nil {
		t.Fatal(err)
	}
	pic.turn = header.turn
	var d Decoder
	whole, reduced := make([]float32, p.Len()), tensor(t, data, p)
	if err := d.views[0].render(t.Context(), output{floats: whole}, pic, p); err != nil {
		t.Fatal(err)
	}
	mean, _ = difference(whole, reduced)
	return mean, cosine(whole, reduced)
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
