package imageio

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"testing"

	"github.com/disintegration/imaging"
)

// TestOrientation stores a picture in each of EXIF's eight orientations and
// expects what it gives when it is turned upright before it is stored.
func TestOrientation(t *testing.T) {
	turned := map[orientation]func(image.Image) *image.NRGBA{
		1: imaging.Clone,
		2: imaging.FlipH,
		3: imaging.Rotate180,
		4: imaging.FlipV,
		5: imaging.Transpose,
		6: imaging.Rotate270, // which imaging counts anticlockwise
		7: imaging.Transverse,
		8: imaging.Rotate90,
	}
	for _, layout := range []string{"NCHW", "NHWC"} {
		for _, size := range []image.Point{{40, 31}, {31, 40}, {37, 37}} {
			stored := gradient(size.X, size.Y)
			for turn, upright := range turned {
				t.Run(fmt.Sprint(layout, size, turn), func(t *testing.T) {
					p := levels(20, 15)
					p.Layout = layout
					got := tensor(t, withEXIF(encodePNG(t, stored), turn), p)
					want := tensor(t, encodePNG(t, upright(stored)), p)
					if _, largest := difference(got, want); largest > 0.2 {
						t.Errorf("differs by %.2f levels", largest)
					}
				})
			}
		}
	}
}

// TestISOBMFFOrientation checks the table against turning a picture by hand.
func TestISOBMFFOrientation(t *testing.T) {
	picture := gradient(5, 4)
	for quarterTurns, turn := range []func(image.Image) *image.NRGBA{
		imaging.Clone, imaging.Rotate90, imaging.Rotate180, imaging.Rotate270,
	} {
		for mirror, flip := range map[int]func(image.Image) *image.NRGBA{
			-1: imaging.Clone, 0: imaging.FlipV, 1: imaging.FlipH,
		} {
			want := flip(turn(picture))
			got := shown(picture, isobmffOrientation(quarterTurns, mirror))
			if !bytes.Equal(got.Pix, want.Pix) || got.Rect != want.Rect {
				t.Errorf("%d quarter turns and mirror %d are not orientation %d", quarterTurns, mirror, isobmffOrientation(quarterTurns, mirror))
			}
		}
	}
}

// shown is a stored picture as an orientation shows it, by the definition of
// that rather than by way of a tensor.
func shown(stored *image.NRGBA, turn orientation) *image.NRGBA {
	width, height := stored.Rect.Dx(), stored.Rect.Dy()
	flipX, flipY := turn.flips()
	out := image.NewNRGBA(image.Rect(0, 0, width, height))
	if turn.swapsAxes() {
		out = image.NewNRGBA(image.Rect(0, 0, height, width))
	}
	for y := range height {
		for x := range width {
			toX, toY := x, y
			if flipX {
				toX = width - 1 - x
			}
			if flipY {
				toY = height - 1 - y
			}
			if turn.swapsAxes() {
				toX, toY = toY, toX
			}
			out.SetNRGBA(toX, toY, stored.NRGBAAt(x, y))
		}
	}
	return out
}

func TestEXIFOrientation(t *testing.T) {
	for name, c := range map[string]struct {
		exif string
		want orientation
	}{
		"little-endian": {"II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00", 6},
		"big-endian":    {"MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x03\x00\x00", 3},
		"second entry":  {"II*\x00\x08\x00\x00\x00\x02\x00\x00\x01\x03\x00\x01\x00\x00\x00\x01\x00\x00\x00\x12\x01\x03\x00\x01\x00\x00\x00\x08\x00\x00\x00", 8},
		"no entry":      {"II*\x00\x08\x00\x00\x00\x00\x00", 1},
		"cut off":       {"II*\x00\x08\x00\x00\x00\x01\x00\x12\x01", 1},
		"lost":          {"II*\x00\xff\xff\xff\xff\x01\x00", 1},
		"empty":         {"", 1},
	} {
		if got := exifOrientation([]byte(c.exif)); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

// gradient is a picture no orientation of which looks like another.
func gradient(width, height int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			img.SetNRGBA(x, y, color.NRGBA{uint8(255 * x / width), uint8(255 * y / height), uint8(100 * (x + 2*y) / (width + 2*height)), 255})
		}
	}
	return img
}

func encodePNG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// withEXIF adds a chunk that holds an orientation to a PNG file.
func withEXIF(file []byte, turn orientation) []byte {
	content := append([]byte("eXIfII*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00"), byte(turn), 0, 0, 0)
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(content)-4))
	chunk = append(chunk, content...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(content))
	const header = 8 + 25 // signature and IHDR
	return append(append(bytes.Clone(file[:header]), chunk...), file[header:]...)
}

func tensor(t testing.TB, data []byte, p Preprocessing) []float32 {
	t.Helper()
	var d Decoder
	values := make([]float32, p.Len())
	if err := d.Tensor(t.Context(), values, data, p); err != nil {
		t.Fatal(err)
	}
	return values
}
