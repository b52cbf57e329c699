package imageio

import (
	"math"
	"slices"
	"testing"

	"github.com/disintegration/imaging"
)

// viewed is the tensor of one image in some view.
func viewed(t *testing.T, data []byte, p Preprocessing, view string) []float32 {
	t.Helper()
	var d Decoder
	p.View = view
	tensor := make([]float32, p.Len())
	if err := d.Tensor(t.Context(), tensor, data, p); err != nil {
		t.Fatal(err)
	}
	return tensor
}

func farthest(a, b []float32) (largest float64) {
	for i := range a {
		largest = max(largest, math.Abs(float64(a[i]-b[i])))
	}
	return largest
}

// TestSquareViewShowsTheWholePicture compares with pictures that were squeezed
// before, which a crop at their own size then leaves as they are.
func TestSquareViewShowsTheWholePicture(t *testing.T) {
	const side = 48
	for _, filter := range []string{"bilinear", "bicubic"} {
		p := Preprocessing{Resize: 60, Crop: side, Filter: filter, Std: [3]float32{1, 1, 1}, Layout: "NCHW", Type: "float32"}
		asIs := p
		asIs.Resize = side
		for _, size := range [][2]int{{200, 77}, {61, 300}, {48, 48}, {20, 30}} {
			picture := drawing(size[0], size[1])
			with := map[string]imaging.ResampleFilter{"bilinear": imaging.Linear, "bicubic": imaging.CatmullRom}[filter]
			want := viewed(t, encodePNG(t, imaging.Resize(picture, side, side, with)), asIs, CropView)
			if off := farthest(viewed(t, encodePNG(t, picture), p, SquareView), want); off > 3 {
				t.Errorf("%s, %v: differs by %.1f levels", filter, size, off)
			}
			turned := withEXIF(encodePNG(t, imaging.Rotate90(picture)), 6)
			if off := farthest(viewed(t, turned, p, SquareView), want); off > 3 {
				t.Errorf("%s, %v, turned: differs by %.1f levels", filter, size, off)
			}
		}
	}
}

// TestBothViewsAreTheTwo has a JPEG file too, whose decoder may leave out what a
// crop does not show.
func TestBothViewsAreTheTwo(t *testing.T) {
	p := Preprocessing{Resize: 60, Crop: 48, Filter: "bilinear", Mean: [3]float32{1, 2, 3}, Std: [3]float32{4, 5, 6}, Layout: "NHWC", Type: "float32"}
	picture := drawing(310, 170)
	for _, data := range [][]byte{encodePNG(t, picture), encodeJPEG(t, picture, 90)} {
		both := viewed(t, data, p, BothViews)
		crop, square := viewed(t, data, p, CropView), viewed(t, data, p, SquareView)
		if !slices.Equal(both, slices.Concat(crop, square)) {
			t.Errorf("%s: both views are not the crop and the square", Format(data))
		}
	}
}

func TestPixelsAreThePicture(t *testing.T) {
	picture := drawing(37, 22)
	for turn, data := range map[string][]byte{
		"upright": encodePNG(t, picture),
		"turned":  withEXIF(encodePNG(t, imaging.Rotate90(picture)), 6),
	} {
		var d Decoder
		got, err := d.Pixels(t.Context(), data)
		if err != nil {
			t.Fatal(err)
		}
		if got.Width != 37 || got.Height != 22 {
			t.Fatalf("%s: %dx%d pixels", turn, got.Width, got.Height)
		}
		for y := range got.Height {
			for x := range got.Width {
				c := picture.NRGBAAt(x, y)
				if at := 3 * (y*got.Width + x); [3]uint8(got.Levels[at:at+3]) != [3]uint8{c.R, c.G, c.B} {
					t.Fatalf("%s: %v at %d, %d is %v", turn, c, x, y, got.Levels[at:at+3])
				}
			}
		}
		if again, err := d.Pixels(t.Context(), got.PNM()); err != nil || !slices.Equal(again.Levels, got.Levels) {
			t.Errorf("%s: as a PNM file: error %v, or other pixels", turn, err)
		}
	}
	var d Decoder
	if _, err := d.Pixels(t.Context(), encodePNG(t, picture)[:60]); err == nil {
		t.Error("half a file has pixels")
	}
}

func TestUnknownViewIsRefused(t *testing.T) {
	p := Preprocessing{Resize: 8, Crop: 8, View: "left", Filter: "bilinear", Std: [3]float32{1, 1, 1}, Layout: "NCHW", Type: "float32"}
	if err := p.Validate(); err == nil {
		t.Error("left is a view")
	}
}
