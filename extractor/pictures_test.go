package extractor

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/digitalinnovationone/headstart/dataset"
)

// Noise is what JPEG files are largest of.
func TestPicturesAreSmall(t *testing.T) {
	noise := image.NewRGBA(image.Rect(0, 0, 400, 200))
	r := rand.New(rand.NewPCG(1, 2))
	for i := range noise.Pix {
		noise.Pix[i] = uint8(r.Uint32())
	}
	even := image.NewUniform(color.Gray{90})
	x, folder := openForThumbnails(t, ""), t.TempDir()
	var samples []dataset.Sample
	for name, img := range map[string]image.Image{"noise": noise, "even": cropped{even, image.Rect(0, 0, 20, 30)}} {
		var file bytes.Buffer
		path := filepath.Join(folder, name)
		if err := errors.Join(png.Encode(&file, img), os.WriteFile(path, file.Bytes(), 0o666)); err != nil {
			t.Fatal(err)
		}
		samples = append(samples, dataset.FromFile(path))
	}
	keys := keysOf(t, samples)
	const most = 9000
	pictures, err := x.Pictures(t.Context(), samples, keys, PictureOptions{Edge: 192, MaxBytes: most})
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range pictures {
		want := image.Pt(192, 96)
		if filepath.Base(samples[i].Path) == "even" {
			want = image.Pt(20, 30)
		}
		config, err := jpeg.DecodeConfig(bytes.NewReader(p.JPEG))
		if got := image.Pt(config.Width, config.Height); err != nil || p.Err != nil || got != want || got != image.Pt(p.Width, p.Height) || len(p.JPEG) > most {
			t.Errorf("%s: %v in %d bytes, want %v: %v, %v", samples[i].Path, got, len(p.JPEG), want, err, p.Err)
		}
	}

	// What has other bytes by now is not shown as what was measured.
	if err := errors.Join(os.WriteFile(samples[0].Path, []byte("other"), 0o666), os.Remove(samples[1].Path)); err != nil {
		t.Fatal(err)
	}
	pictures, err = x.Pictures(t.Context(), samples, keys, PictureOptions{Edge: 192, MaxBytes: most})
	if err != nil || !errors.Is(pictures[0].Err, errChanged) || !errors.Is(pictures[1].Err, os.ErrNotExist) || pictures[0].JPEG != nil {
		t.Errorf("changed: %v; removed: %v; %v", pictures[0].Err, pictures[1].Err, err)
	}
	stopped, stop := context.WithCancelCause(t.Context())
	enough := errors.New("enough")
	stop(enough)
	if _, err := x.Pictures(stopped, samples, keys, PictureOptions{Edge: 192, MaxBytes: most}); !errors.Is(err, enough) {
		t.Errorf("stopped: %v", err)
	}
}

// cropped is part of an image.
type cropped struct {
	image.Image
	bounds image.Rectangle
}

func (c cropped) Bounds() image.Rectangle { return c.bounds }
