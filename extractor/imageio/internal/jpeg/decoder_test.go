package jpeg

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

const references = "../../testdata/reference"

var everything = image.Rect(0, 0, 1<<16, 1<<16)

// TestAgainstStandardLibrary compares all planes of files of every kind of
// subsampling, with restarts and with separate scans. The transforms differ in
// rounding.
func TestAgainstStandardLibrary(t *testing.T) {
	for _, name := range []string{"420.jpg", "422.jpg", "444.jpg", "440.jpg", "411.jpg", "restarts.jpg", "progressive.jpg", "wide.jpg", "grey.jpg"} {
		data := reference(t, name)
		img, err := jpeg.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(name, err)
		}
		pic := decode(t, data, Options{Shrink: 1, Keep: everything})
		if bounds := img.Bounds(); pic.Width != bounds.Dx() || pic.Height != bounds.Dy() {
			t.Errorf("%s: %dx%d pixels, want %v", name, pic.Width, pic.Height, bounds)
		}
		want := []Plane{}
		switch img := img.(type) {
		case *image.Gray:
			want = append(want, Plane{Samples: img.Pix, Stride: img.Stride})
		case *image.YCbCr:
			want = append(want, Plane{Samples: img.Y, Stride: img.YStride}, Plane{Samples: img.Cb, Stride: img.CStride}, Plane{Samples: img.Cr, Stride: img.CStride})
		}
		if len(pic.Planes) != len(want) {
			t.Fatalf("%s: %d planes, want %d", name, len(pic.Planes), len(want))
		}
		for i, plane := range pic.Planes {
			for y := range plane.Height {
				for x := range plane.Width {
					got, want := plane.Samples[y*plane.Stride+x], want[i].Samples[y*want[i].Stride+x]
					if distance(got, want) > 1 {
						t.Fatalf("%s: plane %d, column %d, row %d: %d, want %d", name, i, x, y, got, want)
					}
				}
			}
		}
	}
}

// TestReduced expects the lowest frequencies of each block of what is decoded whole,
// which rounds and cuts off at black and white on the way.
func TestReduced(t *testing.T) {
	for _, name := range []string{"grey.jpg", "444.jpg", "wide.jpg", "progressive.jpg"} {
		data := reference(t, name)
		full := decode(t, data, Options{Shrink: 1, Keep: everything}).Planes[0]
		full.Samples = bytes.Clone(full.Samples)
		var d Decoder
		for _, shrink := range []int{2, 4, 8} {
			pic, err := d.Decode(t.Context(), data, Options{Shrink: shrink, Keep: everything})
			if err != nil {
				t.Fatal(err)
			}
			reduced, sum, count, side := pic.Planes[0], 0., 0., 8/shrink
			if reduced.Width != ceilDiv(full.Width, shrink) || reduced.Height != ceilDiv(full.Height, shrink) {
				t.Errorf("%s at 1/%d: %dx%d samples of %dx%d", name, shrink, reduced.Width, reduced.Height, full.Width, full.Height)
			}
			for y := range full.Height / 8 {
				for x := range full.Width / 8 {
					want := lowest(full.Samples[8*(y*full.Stride+x):], full.Stride, side)
					for i, level := range want {
						got := reduced.Samples[(y*side+i/side)*reduced.Stride+x*side+i%side]
						sum += math.Abs(float64(got) - min(max(level, 0), 255))
						count++
					}
				}
			}
			if sum/count > 0.5 {
				t.Errorf("%s at 1/%d: %.2f levels from the blocks' lowest frequencies on average", name, shrink, sum/count)
			}
		}
	}
}

// lowest is a block of 8 by 8 samples that is transformed, and back to side by side
// samples from as many of the lowest frequencies (ITU-T T.81, A.3.3).
func lowest(samples []uint8, stride, side int) (out []float64) {
	basis := func(k, i, n int) float64 {
		if k == 0 {
			return math.Sqrt(1. / 8)
		}
		return math.Sqrt(2./8) * math.Cos(float64((2*i+1)*k)*math.Pi/float64(2*n))
	}
	out = make([]float64, side*side)
	for v := range side {
		for u := range side {
			coefficient := 0.
			for y := range 8 {
				for x := range 8 {
					coefficient += float64(samples[y*stride+x]) * basis(u, x, 8) * basis(v, y, 8)
				}
			}
			for i := range out {
				out[i] += coefficient * basis(u, i%side, side) * basis(v, i/side, side)
			}
		}
	}
	return out
}

// TestReducedChroma expects chroma that is subsampled to be reduced less, so
// that it comes to the size of the luma.
func TestReducedChroma(t *testing.T) {
	for shrink, want := range map[int]int{1: 2, 2: 1, 4: 1, 8: 1} {
		pic := decode(t, reference(t, "420.jpg"), Options{Shrink: shrink, Keep: everything})
		if p := pic.Planes[1]; p.Across != want || p.Down != want {
			t.Errorf("1/%d: a sample covers %dx%d pixels, want %d", shrink, p.Across, p.Down, want)
		}
	}
}

// TestKeep decodes only part of a picture and expects that part to be as ever.
func TestKeep(t *testing.T) {
	data := reference(t, "wide.jpg")
	for _, shrink := range []int{1, 2} {
		whole := decode(t, data, Options{Shrink: shrink, Keep: everything})
		keep := image.Rect(77, 130, 400, 333)
		part := decode(t, data, Options{Shrink: shrink, Keep: keep})
		for i, p := range part.Planes {
			scale := whole.Width / p.Width
			for y := keep.Min.Y / scale; y < keep.Max.Y/scale; y++ {
				from, to := y*p.Stride+keep.Min.X/scale, y*p.Stride+keep.Max.X/scale
				if !bytes.Equal(p.Samples[from:to], whole.Planes[i].Samples[from:to]) {
					t.Fatalf("1/%d: plane %d differs in row %d", shrink, i, y)
				}
			}
		}
	}
}

// TestOverview expects it to be the first plane of what is decoded at that size,
// and the picture beside it to be the same as without.
func TestOverview(t *testing.T) {
	keep := image.Rect(5, 6, 20, 19)
	for _, name := range []string{"420.jpg", "444.jpg", "440.jpg", "411.jpg", "restarts.jpg", "wide.jpg", "grey.jpg"} {
		data := reference(t, name)
		for _, shrink := range []int{1, 2} {
			alone := decode(t, data, Options{Shrink: shrink, Keep: keep})
			for _, overview := range []int{1, 2, 4, 8} {
				var d Decoder
				beside, err := d.Decode(t.Context(), data, Options{Shrink: shrink, Keep: keep, Overview: overview})
				if err != nil {
					t.Fatal(err)
				}
				got := d.Overview(overview).Planes[0]
				if want := decode(t, data, Options{Shrink: overview, Keep: everything}).Planes[0]; !reflect.DeepEqual(got, want) {
					t.Errorf("%s: an overview of 1/%d differs", name, overview)
				}
				for i := range alone.Planes {
					for y := keep.Min.Y / alone.Planes[i].Down / shrink; y < keep.Max.Y/alone.Planes[i].Down/shrink; y++ {
						from, to := keep.Min.X/alone.Planes[i].Across/shrink, keep.Max.X/alone.Planes[i].Across/shrink
						row := func(p Plane) []uint8 { return p.Samples[y*p.Stride+from : y*p.Stride+to] }
						if !bytes.Equal(row(beside.Planes[i]), row(alone.Planes[i])) {
							t.Fatalf("%s at 1/%d, plane %d differs beside an overview of 1/%d", name, shrink, i, overview)
						}
					}
				}
			}
		}
	}
}

// TestRefused expects the true reason.
func TestRefused(t *testing.T) {
	var d Decoder
	for reason, data := range map[string]string{
		"samples of 12 bits":               "\xff\xd8\xff\xc1\x00\x0b\x0c\x00\x10\x00\x10\x01\x01\x11\x00",
		"2 components":                     "\xff\xd8\xff\xc0\x00\x0e\x08\x00\x10\x00\x10\x02\x01\x11\x00\x02\x11\x00",
		"fractions":                        "\xff\xd8\xff\xc0\x00\x11\x08\x00\x10\x00\x10\x03\x01\x31\x00\x02\x21\x00\x03\x11\x00",
		"quantisation table is damaged or": "\xff\xd8\xff\xc0\x00\x0b\x08\x00\x10\x00\x10\x01\x01\x11\x00\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00",
		"neither sequential nor":           "\xff\xd8\xff\xc9\x00\x0b\x08\x00\x10\x00\x10\x01\x01\x11\x00",
	} {
		_, err := d.Decode(t.Context(), []byte(data), Options{Shrink: 1, Keep: everything})
		if err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("%v, want %s", err, reason)
		}
	}
}

// TestTruncated cuts a file off in each of its parts.
func TestTruncated(t *testing.T) {
	var d Decoder
	for _, name := range []string{"420.jpg", "progressive.jpg"} {
		data := reference(t, name)
		const lastBytes = 8 // of which the picture may well need none
		for size := range len(data) - lastBytes {
			if _, err := d.Decode(t.Context(), data[:size], Options{Shrink: 1, Keep: everything}); !errors.Is(err, ErrTruncated) {
				t.Fatalf("%s, %d of %d bytes: %v", name, size, len(data), err)
			}
		}
	}
}

// TestDamagedInterval breaks one restart interval and expects those after it
// to be decoded as ever.
func TestDamagedInterval(t *testing.T) {
	data := reference(t, "restarts.jpg")
	whole := decode(t, data, Options{Shrink: 1, Keep: everything}).Planes[0]
	at := bytes.Index(data, []byte{0xff, markerRST0 + 1})
	damaged := bytes.Clone(data)
	for i := range 6 {
		damaged[at+2+i] = 0x55
	}
	p := decode(t, damaged, Options{Shrink: 1, Keep: everything}).Planes[0]
	lastRow := (p.Height - 1) * p.Stride
	if !bytes.Equal(p.Samples[lastRow:][:p.Width], whole.Samples[lastRow:][:p.Width]) {
		t.Error("damage spread beyond its restart interval")
	}
	if bytes.Equal(p.Samples, whole.Samples) {
		t.Error("damage left no trace")
	}
}

// TestSparseTransform compares the two transforms where both apply.
func TestSparseTransform(t *testing.T) {
	seed := uint32(1)
	for range 2000 {
		var b block
		for _, k := range naturalOrder[:lastOfQuarter+1] {
			seed = seed*1664525 + 1013904223
			b[k] = int32(seed>>16)%600 - 300
		}
		var want, got [64]uint8
		full, sparse := b, b
		full.transform8(want[:], 8)
		sparse.transform8Sparse(got[:], 8)
		if got != want {
			t.Fatalf("coefficients %v: %v, want %v", b, got, want)
		}
	}
}

// TestExtremeCoefficients must not fail, whatever it gives.
func TestExtremeCoefficients(t *testing.T) {
	for _, v := range []int32{-1 << 31, 1<<31 - 1, 1 << 20, -1 << 20} {
		for side := 1; side <= 8; side *= 2 {
			var b block
			for i := range b {
				b[i] = v
			}
			b.transform(make([]uint8, 64), 8, side, 63)
		}
	}
}

// TestGreyLevels decodes flat pictures of every level.
func TestGreyLevels(t *testing.T) {
	var d Decoder
	for level := 0; level < 256; level += 5 {
		img := image.NewGray(image.Rect(0, 0, 20, 20))
		for i := range img.Pix {
			img.Pix[i] = uint8(level)
		}
		var file bytes.Buffer
		if err := jpeg.Encode(&file, img, &jpeg.Options{Quality: 100}); err != nil {
			t.Fatal(err)
		}
		for shrink := 1; shrink <= 8; shrink *= 2 {
			pic, err := d.Decode(t.Context(), file.Bytes(), Options{Shrink: shrink, Keep: everything})
			if err != nil {
				t.Fatal(err)
			}
			if got := pic.Planes[0].Samples[0]; distance(got, uint8(level)) > 1 {
				t.Errorf("1/%d: level %d became %d", shrink, level, got)
			}
		}
	}
}

func TestColourOfOnePixel(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 1, 1))
	img.Set(0, 0, color.RGBA{200, 100, 50, 255})
	var file bytes.Buffer
	if err := jpeg.Encode(&file, img, &jpeg.Options{Quality: 100}); err != nil {
		t.Fatal(err)
	}
	pic := decode(t, file.Bytes(), Options{Shrink: 1, Keep: image.Rect(0, 0, 1, 1)})
	y, cb, cr := color.RGBToYCbCr(200, 100, 50)
	for i, want := range []uint8{y, cb, cr} {
		if got := pic.Planes[i].Samples[0]; distance(got, want) > 2 {
			t.Errorf("component %d: %d, want %d", i, got, want)
		}
	}
}

func decode(t *testing.T, data []byte, o Options) Picture {
	t.Helper()
	pic, err := new(Decoder).Decode(t.Context(), data, o)
	if err != nil {
		t.Fatal(err)
	}
	return pic
}

func reference(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(references, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func distance(a, b uint8) int { return max(int(a)-int(b), int(b)-int(a)) }
