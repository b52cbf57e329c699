package imageio

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/digitalinnovationone/headstart/extractor/imageio/internal/tiff"
)

// pixels decodes a picture of the given size to its levels: red, green, blue
// of each pixel, row by row of the square in its middle.
func pixels(t *testing.T, file []byte, side int) []float32 {
	t.Helper()
	return tensor(t, file, levels(side, side))
}

func TestPNM(t *testing.T) {
	for file, want := range map[string][]float32{
		"P5 2 2 255\n\x00\x40\x80\xff":             {0, 0, 0, 64, 64, 64, 128, 128, 128, 255, 255, 255},
		"P5\n# by hand\n2 2\n15\n\x00\x05\x0a\x0f": {0, 0, 0, 85, 85, 85, 170, 170, 170, 255, 255, 255},
		"P5 1 1 65535 \x80\x80":                    {128, 128, 128},
		"P6 1 1 255 \x01\x02\x03":                  {1, 2, 3},
		"P6 1 1 1023 \x03\xff\x00\x00\x02\x00":     {255, 0, 128},
	} {
		side := 1
		if len(want) > 3 {
			side = 2
		}
		if got := pixels(t, []byte(file), side); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", file, got, want)
		}
	}
	for file, want := range map[string]string{
		"P5 2 2 255\n\x00\x40\x80": "PNM: unexpected end of data",
		"P5 2 2 x\n":               "PNM: invalid number in the header",
		"P5 2 2 0 1234":            "PNM: maximum value 0 is not within 1 and 65535",
		"P6 2 2 # without an end":  "PNM: unexpected end of data",
	} {
		refused(t, file, want)
	}
	for _, text := range []string{"P3 500 EUR paid to", "P1 2 bedrooms", "P5 2 x 255\n", "P1 2"} {
		if name := Format([]byte(text)); name != "" {
			t.Errorf("%q is %s", text, name)
		}
	}
}

func refused(t *testing.T, file, want string) {
	t.Helper()
	var d Decoder
	p := levels(1, 1)
	if err := d.Tensor(t.Context(), make([]float32, p.Len()), []byte(file), p); err == nil || err.Error() != want {
		t.Errorf("%.30q: %v, want %s", file, err, want)
	}
}

// bmp makes a BMP file whose second header has the given length; after it
// come masks or a palette, and the pixels.
func bmp(headerSize uint32, width, height int32, bits uint16, compression uint32, after, pixels string) []byte {
	header := make([]byte, headerSize)
	le := binary.LittleEndian
	le.PutUint32(header, headerSize)
	if headerSize == 12 {
		le.PutUint16(header[4:], uint16(width))
		le.PutUint16(header[6:], uint16(height))
		le.PutUint16(header[10:], bits)
	} else {
		le.PutUint32(header[4:], uint32(width))
		le.PutUint32(header[8:], uint32(height))
		le.PutUint16(header[14:], bits)
		if headerSize > 16 {
			le.PutUint32(header[16:], compression)
		}
	}
	file := []byte("BM\x00\x00\x00\x00\x00\x00\x00\x00")
	file = le.AppendUint32(file, uint32(14+len(header)+len(after)))
	return slices.Concat(file, header, []byte(after), []byte(pixels))
}

// withBMPMasks sets the masks of a file whose header has room for them.
func withBMPMasks(file []byte, masks ...uint32) []byte {
	for i, mask := range masks {
		binary.LittleEndian.PutUint32(file[14+40+4*i:], mask)
	}
	return file
}

func TestBMP(t *testing.T) {
	const palette = "\x00\x00\x00\x00\x03\x02\x01\x00" // black, and 1, 2, 3
	black, one := []float32{0, 0, 0}, []float32{1, 2, 3}
	for name, c := range map[string]struct {
		file []byte
		want [][]float32
	}{
		"24 bits, bottom up":        {bmp(40, 2, 2, 24, 0, "", "\x03\x02\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x03\x02\x01\x00"), [][]float32{black, one, one, black}},
		"24 bits, top down":         {bmp(40, 2, -2, 24, 0, "", "\x03\x02\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x03\x02\x01\x00"), [][]float32{one, black, black, one}},
		"OS/2, 1 bit":               {bmp(12, 2, 2, 1, 0, "\x00\x00\x00\x03\x02\x01", "\x40\x00\x00\x00\x80\x00\x00\x00"), [][]float32{one, black, black, one}},
		"OS/2, 16-byte header":      {bmp(16, 2, 2, 4, 0, palette, "\x01\x00\x00\x00\x10\x00\x00\x00"), [][]float32{one, black, black, one}},
		"8 bits, index too large":   {bmp(40, 2, 2, 8, 0, palette, "\x00\x01\x00\x00\xfe\x00\x00\x00"), [][]float32{black, black, black, one}},
		"8-bit runs":                {bmp(40, 2, 2, 8, 1, palette, "\x01\x00\x01\x01\x00\x00\x01\x01\x01\x00\x00\x01"), [][]float32{one, black, black, one}},
		"8-bit pixels among runs":   {bmp(40, 3, 1, 8, 1, palette, "\x00\x03\x00\x01\x00\x00\x00\x01"), [][]float32{one}},
		"4-bit runs":                {bmp(40, 2, 2, 4, 2, palette, "\x02\x01\x00\x00\x02\x10\x00\x01"), [][]float32{one, black, black, one}},
		"runs that leave":           {bmp(40, 2, 2, 8, 1, palette, "\xff\x00\x00\x02\xff\xff\xff\x01\x00\x01"), [][]float32{black, black, black, black}},
		"16 bits, 5-6-5":            {bmp(40, 1, 1, 16, 3, "\x00\xf8\x00\x00\xe0\x07\x00\x00\x1f\x00\x00\x00", "\xe0\xff\x00\x00"), [][]float32{{255, 255, 0}}},
		"32 bits, half transparent": {withBMPMasks(bmp(56, 1, 1, 32, 3, "", "\x00\x00\x00\x80"), 0xff0000, 0xff00, 0xff, 0xff000000), [][]float32{{127, 127, 127}}},
	} {
		side := 1
		if len(c.want) == 4 {
			side = 2
		}
		got := pixels(t, c.file, side)
		if mean, _ := difference(got, slices.Concat(c.want...)); mean > 0.5 {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	refused(t, string(bmp(40, 1, 1, 24, 4, "", "\xff\xd8\xff")), "BMP: compression 4 is not supported")
	refused(t, string(bmp(40, 9, 9, 24, 0, "", "\x00\x00\x00")), "BMP: unexpected end of data")
	refused(t, string(bmp(40, 1, 1, 3, 0, "", "")), "BMP: 3 bits per pixel are not supported")
}

// tiffFile makes a file of one directory, at whose end the data stands.
func tiffFile(tags map[tiff.Tag][]uint16, data string) []byte {
	le := binary.LittleEndian
	const header, entry = 8, 12
	at := header + 2 + entry*len(tags) + 4
	file := append([]byte("II*\x00\x08\x00\x00\x00"), byte(len(tags)), 0)
	values := []byte{}
	for tag, numbers := range tags { // in any order: they are read in any
		file = le.AppendUint16(file, uint16(tag))
		file = le.AppendUint16(file, 3)
		file = le.AppendUint32(file, uint32(len(numbers)))
		packed := []byte{}
		for _, n := range numbers {
			packed = le.AppendUint16(packed, n)
		}
		if len(packed) > 4 {
			file = le.AppendUint32(file, uint32(at+len(data)+len(values)))
			values = append(values, packed...)
		} else {
			file = append(file, append(packed, 0, 0, 0, 0)[:4]...)
		}
	}
	return slices.Concat(file, []byte{0, 0, 0, 0}, []byte(data), values)
}

// tiffData is where the data of a file with that many tags begins.
func tiffData(tags int) uint16 { return uint16(8 + 2 + 12*tags + 4) }

func TestTIFF(t *testing.T) {
	base := func(more map[tiff.Tag][]uint16) map[tiff.Tag][]uint16 {
		tags := map[tiff.Tag][]uint16{tiff.Width: {2}, tiff.Height: {2}, tiff.Compression: {1}}
		for tag, numbers := range more {
			tags[tag] = numbers
		}
		return tags
	}
	t.Run("16 bits in planes", func(t *testing.T) {
		at := tiffData(9)
		file := tiffFile(base(map[tiff.Tag][]uint16{
			tiff.Bits: {16, 16, 16}, tiff.Samples: {3}, tiff.Photometric: {2}, tiff.Planar: {2},
			tiff.Strips: {at, at + 8, at + 16}, tiff.StripSizes: {8, 8, 8},
		}), "\x00\x00\xff\xff\x00\x00\xff\xff"+"\x01\x01\x02\x02\x03\x03\x04\x04"+"\x80\x80\x80\x80\x80\x80\x80\x80")
		want := []float32{0, 1, 128, 255, 2, 128, 0, 3, 128, 255, 4, 128}
		if got := pixels(t, file, 2); !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	})
	t.Run("4 bits, white is zero", func(t *testing.T) {
		file := tiffFile(base(map[tiff.Tag][]uint16{
			tiff.Bits: {4}, tiff.Photometric: {0}, tiff.Strips: {tiffData(7)}, tiff.StripSizes: {2},
		}), "\x0f\xf0")
		want := []float32{255, 255, 255, 0, 0, 0, 0, 0, 0, 255, 255, 255}
		if got := pixels(t, file, 2); !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	})
	t.Run("tiles", func(t *testing.T) {
		at := tiffData(9)
		tile := func(level string) string { return strings.Repeat(level, 16*16) }
		file := tiffFile(base(map[tiff.Tag][]uint16{
			tiff.Width: {32}, tiff.Height: {32}, tiff.Bits: {8}, tiff.Photometric: {1}, tiff.TileWidth: {16}, tiff.TileHeight: {16},
			tiff.Tiles: {at, at + 256, at + 512, at + 768}, tiff.TileSizes: {256, 256, 256, 256},
		}), tile("\x00")+tile("\x50")+tile("\xa0")+tile("\xff"))
		got := tensor(t, file, levels(32, 32))
		for i, want := range map[int]float32{0: 0, 31: 80, 31 * 32: 160, 32*32 - 1: 255} {
			if got[3*i] != want {
				t.Errorf("pixel %d: %v, want %v", i, got[3*i], want)
			}
		}
	})
	t.Run("samples without use", func(t *testing.T) {
		file := tiffFile(map[tiff.Tag][]uint16{
			tiff.Width: {2000}, tiff.Height: {2000}, tiff.Compression: {5}, tiff.Bits: {32}, tiff.Samples: {16},
			tiff.Photometric: {2}, tiff.Strips: {8}, tiff.StripSizes: {8},
		}, "")
		before := allocated()
		refused(t, string(file), "TIFF: unexpected end of data")
		if taken := allocated() - before; taken > 20<<20 {
			t.Errorf("%d MiB were taken for a picture of 12 MB", taken>>20)
		}
	})
	refused(t, string(tiffFile(base(map[tiff.Tag][]uint16{tiff.Bits: {8}, tiff.Format: {5}}), "")), "TIFF: complex samples (format 5) are not supported")
	refused(t, string(tiffFile(base(map[tiff.Tag][]uint16{tiff.Bits: {8}, tiff.Photometric: {12}}), "")), "TIFF: colour model 12 is not supported")
	refused(t, string(tiffFile(base(map[tiff.Tag][]uint16{tiff.Bits: {8}, tiff.Photometric: {1}, tiff.StripSizes: {8}}), "")), "TIFF: 0 of 1 blocks are listed")
	refused(t, string(tiffFile(base(map[tiff.Tag][]uint16{tiff.Bits: {8}, tiff.Photometric: {1}, tiff.Strips: {8}, tiff.Compression: {50000}}), "")), "TIFF: Zstandard compression is not supported")
}

// TestAnimatedWebP has a first frame that covers only part of the picture.
func TestAnimatedWebP(t *testing.T) {
	still := readFile(t, filepath.Join(references, "lossless.webp"))
	const width, height, at = 58, 43, 10 // the still's, and where it shall lie
	frame := []byte{at / 2, 0, 0, at / 2, 0, 0, width - 1, 0, 0, height - 1, 0, 0, 100, 0, 0, 0}
	frame = append(frame, still[riffHeader:]...)
	chunk := func(name string, content []byte) []byte {
		return append(binary.LittleEndian.AppendUint32([]byte(name), uint32(len(content))), content...)
	}
	const animation, canvas = 2, 100
	body := slices.Concat([]byte("WEBP"),
		chunk("VP8X", []byte{animation, 0, 0, 0, canvas - 1, 0, 0, canvas - 1, 0, 0}),
		chunk("ANIM", []byte{0, 0, 0, 255, 0, 0}), chunk("ANMF", frame), chunk("ANMF", frame[:20]))
	got := tensor(t, chunk("RIFF", body), levels(canvas, canvas))

	picture := tensor(t, still, levels(height, height))
	pixel := func(values []float32, side, x, y int) []float32 { return values[3*(y*side+x):][:3] }
	const cropped = (width - height) / 2
	for _, p := range []image.Point{{0, 0}, {20, 20}, {42, 42}} {
		want := pixel(picture, height, p.X, p.Y)
		if got := pixel(got, canvas, at+cropped+1+p.X, at+p.Y); !slices.Equal(got, want) {
			t.Errorf("pixel %v of the frame is %v, want %v", p, got, want)
		}
	}
	for _, p := range []image.Point{{0, 0}, {9, 50}, {99, 99}, {50, at + height}} {
		if got := pixel(got, canvas, p.X, p.Y); !slices.Equal(got, []float32{255, 255, 255}) {
			t.Errorf("pixel %v outside the frame is %v, want white", p, got)
		}
	}
}

func TestGIF(t *testing.T) {
	t.Run("frame smaller than the picture", func(t *testing.T) {
		for name, c := range map[string]struct {
			palette color.Palette
			around  float32
		}{
			"opaque":      {color.Palette{color.Gray{40}, color.Gray{200}}, 40},
			"transparent": {color.Palette{color.Gray{40}, color.Gray{200}, color.Transparent}, 255},
		} {
			frame := image.NewPaletted(image.Rect(1, 1, 2, 2), c.palette)
			frame.Pix[0] = 1
			var file bytes.Buffer
			err := gif.EncodeAll(&file, &gif.GIF{
				Image: []*image.Paletted{frame}, Delay: []int{0},
				Config: image.Config{Width: 3, Height: 3},
			})
			if err != nil {
				t.Fatal(err)
			}
			got := pixels(t, file.Bytes(), 3)
			if got[0] != c.around || got[3*4] != 200 {
				t.Errorf("%s: %v around %v, want %v around 200", name, got[0], got[3*4], c.around)
			}
		}
	})
	t.Run("no palette", func(t *testing.T) {
		const codes = "\x04\x00\x9b\x04\x04\x00" // clear, 77, end; 9 bits each
		const file = "GIF89a\x01\x00\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x08" + codes + ";"
		if got := pixels(t, []byte(file), 1); !slices.Equal(got, []float32{77, 77, 77}) {
			t.Errorf("%v, want grey of level 77", got)
		}
	})
}

// TestRawProfile reads the orientation that ImageMagick keeps as text.
func TestRawProfile(t *testing.T) {
	exif := []byte("Exif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x03\x00\x00\x00")
	content := []byte("tEXtRaw profile type exif\x00\nexif\n      32\n" + hex.EncodeToString(exif[:16]) + "\n" + hex.EncodeToString(exif[16:]) + "\n")
	chunk := append(binary.BigEndian.AppendUint32(nil, uint32(len(content)-4)), content...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(content))
	file := encodePNG(t, gradient(9, 9))
	const end = 12
	file = slices.Concat(file[:len(file)-end], chunk, file[len(file)-end:])
	if got := pngOrientation(file); got != 3 {
		t.Errorf("orientation %d, want 3", got)
	}
}

// TestRawProfiles has many of them, of which not all may be inflated: they are little
// in the file.
func TestRawProfiles(t *testing.T) {
	var packed bytes.Buffer
	w := zlib.NewWriter(&packed)
	if _, err := w.Write(make([]byte, 4<<20)); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	file := encodePNG(t, gradient(9, 9))
	for _, keyword := range []string{"zTXtRaw profile type exif\x00\x00", "iTXtXML:com.adobe.xmp\x00\x01\x00\x00\x00"} {
		content := append([]byte(keyword), packed.Bytes()...)
		chunk := append(binary.BigEndian.AppendUint32(nil, uint32(len(content)-4)), content...)
		chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(content))
		const header = 8 + 25
		file = slices.Concat(file[:header], bytes.Repeat(chunk, 20), file[header:])
	}
	before := allocated()
	var d Decoder
	if _, err := d.planPNG(file, levels(8, 8)); err != nil {
		t.Fatal(err)
	}
	if taken := allocated() - before; taken > 1<<20 {
		t.Errorf("%d kB are taken before any are reserved", taken>>10)
	}
}
