package imageio

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"path/filepath"
	"slices"
	"testing"

	"github.com/disintegration/imaging"
)

// TestThumbnail compares with what imaging makes of pictures of several shapes,
// as they are shown.
func TestThumbnail(t *testing.T) {
	for _, size := range []image.Point{{32, 32}, {40, 31}, {200, 77}, {61, 300}, {7, 5}, {1, 90}} {
		picture := drawing(size.X, size.Y)
		grey := imaging.Grayscale(imaging.Resize(picture, ThumbnailSide, ThumbnailSide, imaging.Linear))
		var want []byte
		for i := 0; i < len(grey.Pix); i += 4 {
			want = append(want, grey.Pix[i])
		}
		if mean, largest := apart(thumbnailOf(t, encodePNG(t, picture)), want); mean > 0.6 || largest > 2 {
			t.Errorf("%v: differs from imaging's by %.2f levels on average and at most %d", size, mean, largest)
		}
		turned := thumbnailOf(t, withEXIF(encodePNG(t, imaging.Rotate90(picture)), 6))
		if _, largest := apart(turned, want); largest > 2 {
			t.Errorf("%v, turned: differs by %d levels", size, largest)
		}
	}
}

// TestThumbnailOfCopies expects nearly the same of a picture that was saved again
// as a JPEG, at another size or quality; one of a reduced size as it is decoded.
func TestThumbnailOfCopies(t *testing.T) {
	picture := drawing(600, 480)
	want := thumbnailOf(t, encodePNG(t, picture))
	for _, width := range []int{600, 300, 97} {
		for _, quality := range []int{95, 50} {
			copied := imaging.Resize(picture, width, 0, imaging.Lanczos)
			mean, largest := apart(thumbnailOf(t, encodeJPEG(t, copied, quality)), want)
			if mean > 1.5 || largest > 12 {
				t.Errorf("%d pixels wide, quality %d: differs by %.2f levels on average and at most %d", width, quality, mean, largest)
			}
		}
	}
	if mean, _ := apart(thumbnailOf(t, encodePNG(t, imaging.FlipH(picture))), want); mean < 20 {
		t.Errorf("mirrored: differs by %.2f levels only", mean)
	}
}

// TestThumbnailsOfTurnedPhotos has photos in all orientations.
func TestThumbnailsOfTurnedPhotos(t *testing.T) {
	for _, scene := range []string{"Landscape", "Portrait"} {
		files := photoFiles(t, "odd_inputs/exif_orientation/"+scene+"_*")
		want := thumbnailOf(t, readFile(t, files[1]))
		for _, file := range files {
			if mean, _ := apart(thumbnailOf(t, readFile(t, file)), want); mean > 1.5 {
				t.Errorf("%s: differs by %.2f levels on average", filepath.Base(file), mean)
			}
		}
	}
}

// TestThumbnailBesideATensor expects of files of all kinds the same thumbnail, and
// the same tensor, as when they are made alone.
func TestThumbnailBesideATensor(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(references, "*.*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	large, err := filepath.Glob(filepath.Join(photos, "large_photos", "*.jpg")) // if they are there
	if err != nil {
		t.Fatal(err)
	}
	both, kinds := Decoder{AlsoThumbnail: make([]byte, ThumbnailLen)}, map[string]bool{}
	for _, file := range append(files, large...) {
		data := readFile(t, file)
		alone := make([]byte, ThumbnailLen)
		if new(Decoder).Thumbnail(t.Context(), alone, data) != nil {
			continue // no image
		}
		kinds[Format(data)] = true
		for _, p := range []Preprocessing{levels(40, 20), levels(224, 224)} {
			got := make([]float32, p.Len())
			if err := both.Tensor(t.Context(), got, data, p); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(both.AlsoThumbnail, alone) {
				mean, largest := apart(both.AlsoThumbnail, alone)
				t.Errorf("%s: the thumbnail differs by %.2f levels on average and at most %d", filepath.Base(file), mean, largest)
			}
			if !slices.Equal(got, tensor(t, data, p)) {
				t.Errorf("%s: the tensor differs", filepath.Base(file))
			}
		}
	}
	if !kinds["JPEG"] || !kinds["PNG"] || !kinds["WebP"] {
		t.Errorf("only %v", kinds)
	}
}

func TestThumbnailOfWrongLength(t *testing.T) {
	if err := new(Decoder).Thumbnail(t.Context(), make([]byte, ThumbnailLen-1), encodePNG(t, gradient(9, 9))); err == nil {
		t.Error("no error")
	}
	d, p := Decoder{AlsoThumbnail: make([]byte, 9)}, levels(8, 8)
	if err := d.Tensor(t.Context(), make([]float32, p.Len()), encodePNG(t, gradient(9, 9)), p); err == nil {
		t.Error("no error beside a tensor")
	}
}

// drawing is a gradient with boxes.
func drawing(width, height int) *image.NRGBA {
	picture := gradient(width, height)
	for i := range 4 {
		x, y := width*(3*i%5)/5, height*i/5
		box := imaging.New(width/5+1, height/3+1, color.NRGBA{uint8(60 * i), uint8(250 - 70*i), 90, 255})
		picture = imaging.Paste(picture, box, image.Pt(x, y))
	}
	return picture
}

func encodeJPEG(t testing.TB, img image.Image, quality int) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func thumbnailOf(t testing.TB, data []byte) []byte {
	t.Helper()
	levels := make([]byte, ThumbnailLen)
	if err := new(Decoder).Thumbnail(t.Context(), levels, data); err != nil {
		t.Fatal(err)
	}
	return levels
}

// apart tells by how many levels two thumbnails differ.
func apart(a, b []byte) (mean float64, largest int) {
	for i := range a {
		d := max(int(a[i])-int(b[i]), int(b[i])-int(a[i]))
		mean += float64(d) / float64(len(a))
		largest = max(largest, d)
	}
	return mean, largest
}
