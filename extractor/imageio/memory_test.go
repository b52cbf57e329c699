package imageio

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/digitalinnovationone/headstart/extractor/imageio/internal/tiff"
)

func TestMemoryIsShared(t *testing.T) {
	m := NewMemory(10)
	if err := m.reserve(t.Context(), 11); !errors.Is(err, ErrOverLimit) || !strings.Contains(err.Error(), "--memory") {
		t.Errorf("more than there is: %v", err)
	}
	if err := m.reserve(t.Context(), 6); err != nil {
		t.Fatal(err)
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	if err := m.reserve(stopped, 6); err != context.Canceled {
		t.Errorf("more than is free: %v", err)
	}
	waits := make(chan error)
	go func() { waits <- m.reserve(t.Context(), 10) }()
	m.release(6)
	if err := <-waits; err != nil {
		t.Error(err)
	}
	m.release(10)
	var none *Memory
	if err := none.reserve(t.Context(), 1<<60); err != nil {
		t.Error(err)
	}
	none.release(1 << 60)
}

func TestTooLargeForMemory(t *testing.T) {
	d := Decoder{Memory: NewMemory(4 << 20)}
	p := levels(8, 8)
	dst := make([]float32, p.Len())
	err := d.Tensor(t.Context(), dst, pngClaiming(10000, 10000), p)
	if want := "needs about 703 MB of memory; the limit is 4 MB (--memory)"; !errors.Is(err, ErrOverLimit) || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	for range 3 { // each needs more than half
		if err := d.Tensor(t.Context(), dst, encodePNG(t, gradient(9, 9)), p); err != nil {
			t.Error(err)
		}
	}
}

func TestMachineMemory(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  int64
	}{
		"none":      {nil, 0},
		"machine":   {map[string]string{"proc/meminfo": "MemTotal:  2048 kB\nMemFree: 1 kB\n", "sys/fs/cgroup/memory.max": "max\n"}, 2 << 20},
		"container": {map[string]string{"proc/meminfo": "MemTotal: 2048 kB\n", "proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "1000\n"}, 1000},
		"service": {map[string]string{
			"proc/meminfo": "MemTotal: 2048 kB\n", "proc/self/cgroup": "1:cpu:/x\n0::/a/b\n",
			"sys/fs/cgroup/a/memory.max": "3000\n", "sys/fs/cgroup/a/b/memory.max": "max\n",
		}, 3000},
		"ulimit":    {map[string]string{"proc/meminfo": "MemTotal: 2048 kB\n", "proc/self/limits": "Max cpu time  unlimited  unlimited  seconds\nMax data size  700  unlimited  bytes\n"}, 700},
		"version 1": {map[string]string{"proc/meminfo": "MemTotal: 2048 kB\n", "sys/fs/cgroup/memory/memory.limit_in_bytes": "500\n"}, 500},
	} {
		root := t.TempDir()
		for file, content := range c.files {
			path := filepath.Join(root, file)
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, []byte(content), 0o666)); err != nil {
				t.Fatal(err)
			}
		}
		if got := machineMemory(root); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
	if least := int64(512 << 20); DefaultMemory() < least {
		t.Errorf("%d bytes by default", DefaultMemory())
	}
}

// largePictures are files of a few megapixels, which take the most memory for
// each.
func largePictures(t testing.TB) map[string][]byte {
	const side = 1500
	bounds := image.Rect(0, 0, side, side)
	var animation bytes.Buffer
	if err := gif.Encode(&animation, image.NewPaletted(bounds, color.Palette{color.Black, color.White}), nil); err != nil {
		t.Fatal(err)
	}
	raw := strings.Repeat("\x00", side*side*3)
	return map[string][]byte{
		"HEIC":        readFile(t, "testdata/flat/flat.heic"), // scripts/flat_images.py wrote it
		"AVIF":        readFile(t, "testdata/flat/flat.avif"),
		"8-bit PNG":   encodePNG(t, image.NewNRGBA(bounds)),
		"16-bit PNG":  encodePNG(t, image.NewNRGBA64(bounds)),
		"grey PNG":    encodePNG(t, image.NewGray(bounds)),
		"palette PNG": encodePNG(t, image.NewPaletted(bounds, color.Palette{color.Black, color.White})),
		"row PNG":     encodePNG(t, image.NewNRGBA(image.Rect(0, 0, side*side, 1))),
		"JPEG":        encodeJPEG(t, image.NewNRGBA(bounds), 90),
		"progressive": progressiveJPEG(side),
		"GIF":         animation.Bytes(),
		"GIF surplus": gifWithSurplus(t, 8<<20),
		"PPM":         []byte(fmt.Sprintf("P6 %d %d 255 %s", side, side, raw)),
		"BMP":         bmp(40, side, side, 24, 0, "", raw),
		"BMP runs":    bmp(40, side, side, 8, 1, "", "\x00\x01"),
		"rows of fax": tiffFile(map[tiff.Tag][]uint16{tiff.Width: {side}, tiff.Height: {side}, tiff.Compression: {tiff.Group4}, tiff.Strips: {tiffData(5)}, tiff.Bits: {1}}, strings.Repeat("\xff", side)),
		"fax changes": tiffFile(map[tiff.Tag][]uint16{tiff.Width: {60000}, tiff.Height: {30}, tiff.Compression: {tiff.Huffman}, tiff.Strips: {tiffData(5)}, tiff.Bits: {1}}, strings.Repeat("\x1d\x0e\x87\x43\xa1\xd0\xe8\x74\x3a", 130_000)),
		"runs of 0":   tiffFile(map[tiff.Tag][]uint16{tiff.Width: {8}, tiff.Height: {2}, tiff.Compression: {tiff.Huffman}, tiff.Strips: {tiffData(5)}, tiff.Bits: {1}}, strings.Repeat("\x35\x0d\xcd\x43\x73\x50\xdc\xd4\x37", 100_000)),
		"TIFF floats": tiffFile(map[tiff.Tag][]uint16{tiff.Width: {side}, tiff.Height: {side}, tiff.Bits: {32}, tiff.Format: {tiff.Float}, tiff.Photometric: {1}, tiff.Strips: {tiffData(6)}}, raw+raw[:side*side]),
		"PAM":         []byte(fmt.Sprintf("P7\nWIDTH %d\nHEIGHT %d\nDEPTH 2\nMAXVAL 255\nENDHDR\n%s", side, side, raw)),
		"TIFF":        tiffFile(map[tiff.Tag][]uint16{tiff.Width: {side}, tiff.Height: {side}, tiff.Bits: {8}, tiff.Photometric: {1}, tiff.Strips: {tiffData(6)}, tiff.StripSizes: {0xffff}}, ""),
	}
}

// gifWithSurplus has so many bytes in blocks after its only pixel.
func gifWithSurplus(t testing.TB, size int) []byte {
	var file bytes.Buffer
	if err := gif.Encode(&file, image.NewPaletted(image.Rect(0, 0, 1, 1), color.Palette{color.Black, color.White}), nil); err != nil {
		t.Fatal(err)
	}
	const end = "\x00;"
	block := "\xff" + strings.Repeat("\x00", 255)
	return []byte(strings.TrimSuffix(file.String(), end) + strings.Repeat(block, size/len(block)) + end)
}

// progressiveJPEG is a grey picture of the usual tables and one scan for three
// components, of which each block takes two zero bits.
func progressiveJPEG(side int) []byte {
	file := append([]byte("\xff\xd8\xff\xdb\x00\x43\x00"), bytes.Repeat([]byte{1}, 64)...)
	file = append(file, "\xff\xc2\x00\x11\x08"...)
	file = append(file, byte(side>>8), byte(side), byte(side>>8), byte(side))
	file = append(file, "\x03\x01\x11\x00\x02\x11\x00\x03\x11\x00\xff\xda\x00\x0c\x03\x01\x00\x02\x00\x03\x00\x00\x00\x00"...)
	blocks := ceilDiv(side, 8) * ceilDiv(side, 8)
	return append(append(file, make([]byte, ceilDiv(3*2*blocks, 8))...), 0xff, jpegEnd)
}

// TestReservationsAreEnough decodes pictures of all kinds and compares all memory
// that was taken with what was reserved for them.
func TestReservationsAreEnough(t *testing.T) {
	if isRaceBuild() {
		t.Skip("the race detector takes memory of its own")
	}
	files := largePictures(t)
	for _, file := range referenceFiles(t) {
		files[filepath.Base(file)] = readFile(t, file)
	}
	refused := map[string]bool{}
	for _, c := range drawnKinds(t) {
		files[c.Name] = readFile(t, filepath.Join(kinds, c.File))
		refused[c.Name] = refusedKinds[c.Name] != ""
	}
	p := levels(224, 224)
	dst := make([]float32, p.Len())
	for name, data := range files {
		var warm, d Decoder // the first AVIF and HEIC are compiled for
		_ = warm.Tensor(t.Context(), dst, data, p)
		plan, err := sniff(data).plan(&d, data, p)
		if err != nil && refused[name] {
			continue
		}
		if err != nil {
			t.Fatal(name, err)
		}
		before := allocated()
		_ = d.Tensor(t.Context(), dst, data, p)
		if taken := int64(allocated() - before); taken > plan.memory {
			t.Errorf("%s takes %d bytes, of which %d are reserved", name, taken, plan.memory)
		}
	}
}

// TestMemoryOfManyDecoders decodes large pictures in a process of its own, whose
// memory must stay within the budget and what a process takes anyway.
func TestMemoryOfManyDecoders(t *testing.T) {
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("the system does not tell how much memory a process has used")
	}
	const budget, besides = 64 << 20, 96 << 20
	if os.Getenv("HEADSTART_TEST_MEMORY") != "" {
		decodeAll(t, largePictures(t), NewMemory(budget))
		return
	}
	if isRaceBuild() {
		t.Skip("the race detector takes memory of its own")
	}
	child := exec.Command(os.Args[0], "-test.run=^TestMemoryOfManyDecoders$", "-test.v")
	child.Env = append(os.Environ(), "HEADSTART_TEST_MEMORY=1", "GOMEMLIMIT=off", "GOGC=100")
	out, err := child.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var before, after int64
	_, text, _ := strings.Cut(string(out), "kB used: ")
	if _, err := fmt.Sscan(text, &before, &after); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Logf("%d MB before, %d MB after, with a budget of %d MB", before>>10, after>>10, budget>>20)
	if used := (after - before) << 10; used > budget+besides {
		t.Errorf("%d MB of memory were used, the budget is %d MB", used>>20, budget>>20)
	}
}

func decodeAll(t *testing.T, files map[string][]byte, memory *Memory) {
	for _, name := range []string{"HEIC", "AVIF"} { // whose decoders are compiled once in a process
		tensor(t, files[name], levels(8, 8))
	}
	runtime.GC()
	debug.FreeOSMemory()
	before := memoryUsed(t, "VmRSS:")
	names := make(chan []byte)
	var workers sync.WaitGroup
	for range 8 {
		workers.Go(func() {
			d := Decoder{Memory: memory}
			p := levels(64, 64)
			for data := range names {
				err := d.Tensor(t.Context(), make([]float32, p.Len()), data, p)
				if err != nil && !strings.Contains(err.Error(), "unexpected end") {
					t.Error(err)
				}
			}
		})
	}
	for range 5 {
		for _, data := range files {
			names <- data
		}
	}
	close(names)
	workers.Wait()
	fmt.Println("kB used:", before, memoryUsed(t, "VmHWM:"))
}

func memoryUsed(t *testing.T, field string) (kilobytes int64) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, value, _ := strings.Cut(string(status), field)
	if _, err := fmt.Sscan(value, &kilobytes); err != nil {
		t.Fatal(err)
	}
	return kilobytes
}

func isRaceBuild() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}
