package extractor

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"testing"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor/imageio"
	"github.com/digitalinnovationone/headstart/extractor/store"
)

// Pixels are what a decoder makes of the bytes with that key, and nothing for others.
func TestTensors(t *testing.T) {
	p := imageio.Preprocessing{Resize: 8, Crop: 8, Filter: "bilinear", Std: [3]float32{255, 255, 255}, Layout: "NCHW", Type: "float32"}
	image := []byte("P6 2 1 255 \xff\x00\x00\x00\x00\xff")
	want := make([]float32, p.Len())
	if err := new(imageio.Decoder).Tensor(t.Context(), want, image, p); err != nil {
		t.Fatal(err)
	}
	x, err := New(Config{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	samples := []dataset.Sample{dataset.FromBytes("a", image), dataset.FromBytes("b", []byte("no image")), dataset.FromBytes("changed", image)}
	keys := []store.Key{sha256.Sum256(image), sha256.Sum256([]byte("no image")), {1}}
	got, err := x.Tensors(t.Context(), samples, keys, p, nil)
	if err != nil || !slices.Equal(got[0], want) || got[1] != nil || got[2] != nil {
		t.Errorf("%v, %v", got, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := x.Tensors(ctx, samples, keys, p, nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
