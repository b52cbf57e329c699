package heif

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

const testdata = "../../testdata"

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(testdata, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// kind is the name of the file of a kind.
func kind(t testing.TB, name string) string {
	t.Helper()
	var index []struct{ Name, File string }
	if err := json.Unmarshal(readFile(t, "kinds/index.json"), &index); err != nil {
		t.Fatal(err)
	}
	for _, k := range index {
		if k.Name == name {
			return "kinds/" + k.File
		}
	}
	t.Fatalf("no kind %q", name)
	return ""
}

func anySize(int, int) error { return nil }

func open(t testing.TB, data []byte) *File {
	t.Helper()
	f, err := Open(data, anySize)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestSandboxIsEnough decodes in the memory that is reserved, which is neither too
// little for busy pictures nor many times what a flat one takes.
func TestSandboxIsEnough(t *testing.T) {
	for _, name := range []string{"flat/flat.heic", "flat/flat.avif"} {
		f := open(t, readFile(t, name))
		d := &decoder{t.Context(), newSandbox(f.shown.sandboxes())}
		pic, err := d.picture(f.shown, true)
		if err != nil {
			t.Fatal(name, err)
		}
		pixels := float64(pic.Width * pic.Height)
		used, reserved := float64(d.sandbox.used)/pixels, float64(f.Memory())/pixels
		t.Logf("%s: %.1f bytes for each pixel are used, %.1f reserved", name, used, reserved)
		if reserved > 10 || used > 0.9*reserved || used < 0.3*reserved {
			t.Errorf("%s: %.1f bytes for each pixel are used, %.1f reserved", name, used, reserved)
		}
	}
}

// TestLiesAboutSize has bitstreams of far more pixels than the boxes say, which get
// no more memory for it.
func TestLiesAboutSize(t *testing.T) {
	for _, name := range []string{"flat/flat.heic", "flat/flat.avif"} {
		data := readFile(t, name)
		size := bytes.Index(data, []byte("ispe")) + 8
		binary.BigEndian.PutUint32(data[size:], 64)
		binary.BigEndian.PutUint32(data[size+4:], 64)
		f := open(t, data)
		if f.Memory() > 8<<20 {
			t.Errorf("%s: %d bytes for 64x64 pixels", name, f.Memory())
		}
		if _, err := f.Decode(t.Context()); err == nil {
			t.Errorf("%s: decoded", name)
		}
	}
}

// TestTooSmall has bitstreams of fewer pixels than the boxes say: the rest would be
// black.
func TestTooSmall(t *testing.T) {
	for _, name := range []string{"flat/flat.heic", "flat/flat.avif"} {
		data := readFile(t, name)
		width := data[bytes.Index(data, []byte("ispe"))+8:]
		binary.BigEndian.PutUint32(width, binary.BigEndian.Uint32(width)+1)
		if _, err := open(t, data).Decode(t.Context()); err != errSmall {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestLiesAboutBits has bitstreams of 10 bits that the boxes say have 8, for which
// memory is reserved.
func TestLiesAboutBits(t *testing.T) {
	data := readFile(t, kind(t, "HEIC, 10 bits"))
	depths := data[bytes.Index(data, []byte("hvcC"))+4+17:]
	if depths[0]&7 != 2 || depths[1]&7 != 2 {
		t.Fatalf("not of 10 bits: %x", depths[:2])
	}
	depths[0], depths[1] = 0xf8, 0xf8
	if _, err := open(t, data).Decode(t.Context()); err != errDamaged {
		t.Error(err)
	}
}

// TestMemoryOfSmallAlpha decodes a picture whose transparency has fewer pixels: it
// is enlarged in memory that Memory counts.
func TestMemoryOfSmallAlpha(t *testing.T) {
	f := open(t, readFile(t, kind(t, "HEIC, alpha, of half the size")))
	s := *f.shown
	s.width, s.height = 4000, 4000
	opaque := s
	opaque.alpha = nil
	if more := s.canvases(true) - opaque.canvases(true); more < 4000*4000 {
		t.Errorf("%d bytes for transparency", more)
	}
}

// TestDamagedHEVC has bitstreams with bytes changed or missing, after which most of
// the picture would be of one colour.
func TestDamagedHEVC(t *testing.T) {
	for _, name := range []string{"420.heic", "444.heic", "grey.heic"} {
		sound := readFile(t, "reference/"+name)
		begin := bytes.Index(sound, []byte("mdat")) + 200
		zeroed := bytes.Clone(sound)
		clear(zeroed[len(zeroed)*2/3:])
		damaged := map[string][]byte{"zeroed at the end": zeroed}
		for seed := range 4 {
			random := rand.New(rand.NewPCG(uint64(seed), 0))
			changed := bytes.Clone(sound)
			for range 20 {
				changed[begin+random.IntN(len(changed)-begin)] ^= byte(1 + random.IntN(255))
			}
			damaged[fmt.Sprint("changed, ", seed)] = changed
		}
		for how, data := range damaged {
			if _, err := open(t, data).Decode(t.Context()); err != errDamaged {
				t.Errorf("%s, %s: %v", name, how, err)
			}
		}
		if _, err := open(t, sound).Decode(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// countdown is a context that is done when it has been looked at so many times.
type countdown struct {
	context.Context
	left int
}

func (c *countdown) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// TestStops ends the context while a picture is being decoded.
func TestStops(t *testing.T) {
	for _, name := range []string{"flat/flat.heic", "flat/flat.avif"} {
		f := open(t, readFile(t, name))
		const looks = 10
		ctx := &countdown{t.Context(), looks}
		if _, err := f.Decode(ctx); err != context.Canceled {
			t.Errorf("%s: %v", name, err)
		}
		if ctx.left < -5 {
			t.Errorf("%s: went on for %d blocks or rows", name, -ctx.left)
		}
	}
}

// fewPixels refuses what takes a fuzzer long.
func fewPixels(width, height int) error {
	const most = 1 << 16
	if width < 1 || height < 1 || width > most/height {
		return errDamaged
	}
	return nil
}

// addKinds starts a fuzzer from a file of each kind.
func addKinds(f *testing.F) {
	files, err := filepath.Glob(testdata + "/kinds/[0-9]*")
	if err != nil {
		f.Fatal(err)
	}
	seeds := 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		if isHEIF(data) {
			seeds++
			f.Add(data)
		}
	}
	if seeds < 30 {
		f.Fatalf("only %d files", seeds)
	}
}

func isHEIF(data []byte) bool { return len(data) > 8 && string(data[4:8]) == "ftyp" }

// FuzzOpen reads boxes. What it says that decoding takes must be in proportion to
// the pixels that were allowed and to the file.
func FuzzOpen(f *testing.F) {
	addKinds(f)
	for _, data := range bombs {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Open(data, fewPixels)
		if err != nil {
			return
		}
		if memory := file.Memory(); memory < 0 || memory > 1<<26+4*int64(len(data)) {
			t.Errorf("%d bytes", memory)
		}
		if turn := file.Turn(); turn.Quarters < 0 || turn.Quarters > 3 {
			t.Errorf("turned by %d quarters", turn.Quarters)
		}
	})
}

// FuzzDecode has the sandbox decode too, which is slow: what comes out of it is put
// together here.
func FuzzDecode(f *testing.F) {
	addKinds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Open(data, fewPixels)
		if err != nil {
			return
		}
		if pic, err := file.Decode(t.Context()); err == nil {
			for i, plane := range pic.Planes {
				width, height := planeSize(pic.Width, pic.Height, pic.Chroma, i)
				_ = plane.Pix[(height-1)*plane.Stride:][:width]
			}
		}
	})
}
