package imageio

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"testing"
)

// A wide picture, red on its left and blue on its right, and what is shown of it.
func TestSmall(t *testing.T) {
	wide := image.NewNRGBA(image.Rect(0, 0, 900, 300))
	for y := range 300 {
		for x := range 900 {
			c := color.NRGBA{255, 0, 0, 255}
			if x >= 450 {
				c = color.NRGBA{0, 0, 255, 255}
			}
			wide.SetNRGBA(x, y, c)
		}
	}
	var asPNG, asJPEG bytes.Buffer
	if err := errors.Join(png.Encode(&asPNG, wide), jpeg.Encode(&asJPEG, wide, &jpeg.Options{Quality: 95})); err != nil {
		t.Fatal(err)
	}
	var tiny bytes.Buffer
	if err := png.Encode(&tiny, wide.SubImage(image.Rect(440, 0, 460, 7))); err != nil {
		t.Fatal(err)
	}
	var d Decoder
	for name, test := range map[string]struct {
		data          []byte
		width, height int
	}{
		"PNG":    {asPNG.Bytes(), 120, 40},
		"JPEG":   {asJPEG.Bytes(), 120, 40},
		"turned": {withEXIF(asPNG.Bytes(), 6), 40, 120},
		"tiny":   {tiny.Bytes(), 20, 7},
	} {
		small, err := d.Small(t.Context(), test.data, 120)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := small.Bounds().Size(); got != image.Pt(test.width, test.height) {
			t.Errorf("%s: %v, want %dx%d", name, got, test.width, test.height)
			continue
		}
		// Turned by 90 degrees clockwise, the left is at the top.
		first, last := small.RGBAAt(1, 1), small.RGBAAt(test.width-2, test.height-2)
		if first.R < 240 || first.B > 15 || last.B < 240 || last.R > 15 || first.A != 255 {
			t.Errorf("%s: from %v to %v, want from red to blue", name, first, last)
		}
	}
	if _, err := d.Small(t.Context(), []byte("no image"), 120); !errors.Is(err, ErrNotImage) {
		t.Errorf("text: %v", err)
	}
	if _, err := d.Small(t.Context(), asJPEG.Bytes()[:1000], 120); err == nil {
		t.Error("half a file is no error")
	}
}
