package store

import (
	"bytes"
	"math"
	"os"
	"os/exec"
	"slices"
	"sync"
	"testing"

	"github.com/digitalinnovationone/headstart/extractor/store/npy"
)

func TestWhatWasCommittedIsThereAfterReopening(t *testing.T) {
	dir := t.TempDir()
	s := openSound(t, dir)
	put(s, 0, 10)
	s.PutUnreadable(testKey(10), "not an image")
	mustBe(t, s, 3, Pending)
	mustBe(t, s, 10, Unreadable)
	mustCommit(t, s)
	mustBe(t, s, 3, Stored)
	put(s, 11, 20) // never committed

	s = open(t, dir)
	mustHold(t, s, 0, 10)
	mustBe(t, s, 11, Missing)
	entries, err := s.Lookup([]Key{testKey(10)})
	if err != nil || entries[0].State != Unreadable || entries[0].Reason != "not an image" {
		t.Errorf("unreadable image: %+v, %v", entries[0], err)
	}
	info, err := s.Info()
	if err != nil || info.Rows != 10 || info.Unreadable != 1 || info.Dim != testDim || info.Bytes < 10*testDim*4 {
		t.Errorf("info is %+v, %v", info, err)
	}
}

func TestPendingVectorIsACopy(t *testing.T) {
	s := openSound(t, t.TempDir())
	v := testVector(1)
	s.Put(testKey(1), v)
	v[0] = -1
	entries, err := s.Lookup([]Key{testKey(1)})
	if err != nil || !slices.Equal(entries[0].Vector, testVector(1)) {
		t.Errorf("pending vector is %v, %v", entries[0].Vector, err)
	}
	mustCommit(t, s)
	mustHold(t, s, 1, 2)
}

func TestAnEmbeddingReplacesAReasonButNotTheOtherWayRound(t *testing.T) {
	s := openSound(t, t.TempDir())
	s.PutUnreadable(testKey(0), "decoder too old")
	mustCommit(t, s)
	put(s, 0, 1)
	mustCommit(t, s)
	mustHold(t, s, 0, 1)
	s.PutUnreadable(testKey(0), "no")
	mustCommit(t, s)
	mustHold(t, s, 0, 1)
}

func TestMatrixKeepsTheOrderAskedForAndItsSize(t *testing.T) {
	s := openSound(t, t.TempDir())
	put(s, 0, 3)
	mustCommit(t, s)
	m, err := s.Rows(t.Context(), []Key{testKey(2), testKey(0), testKey(2)})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	put(s, 3, 1000) // grows the file under the mapping
	mustCommit(t, s)
	if m.Len() != 3 || m.Dim() != testDim {
		t.Fatalf("matrix is %d×%d", m.Len(), m.Dim())
	}
	for i, n := range []int{2, 0, 2} {
		if !slices.Equal(m.Row(i), testVector(n)) {
			t.Errorf("row %d is %v, want image %d's", i, m.Row(i), n)
		}
	}
	if _, err := s.Rows(t.Context(), testKeys(0, 1001)); err == nil {
		t.Error("a row that is not committed was read")
	}
	if m, err := s.Rows(t.Context(), nil); err != nil || m.Len() != 0 || m.Close() != nil {
		t.Errorf("no rows: %v", err)
	}
}

func TestNumpyOpensVectors(t *testing.T) {
	python := ""
	for _, name := range []string{"../../.venv/bin/python", "python3"} {
		if exec.Command(name, "-c", "import numpy").Run() == nil {
			python = name
			break
		}
	}
	if python == "" {
		t.Skip("no python with numpy")
	}
	s := openSound(t, t.TempDir())
	put(s, 0, 5)
	mustCommit(t, s)
	put(s, 5, 7)
	mustCommit(t, s)
	const script = "import numpy, sys; m = numpy.load(sys.argv[1], mmap_mode='r'); print(m.shape, m.dtype, float(m[6, 0]) * 3)"
	out, err := exec.Command(python, "-c", script, s.VectorsPath()).CombinedOutput()
	if want := "(7, 16) float32 96.0\n"; err != nil || string(out) != want {
		t.Errorf("numpy says %q, %v, want %q", out, err, want)
	}
}

func TestOpenPutsTheHeaderRight(t *testing.T) {
	for name, header := range map[string][]byte{
		"commit killed before it": npy.Header(2, testDim),
		"damaged":                 bytes.Repeat([]byte{7}, npy.HeaderSize),
	} {
		t.Run(name, func(t *testing.T) {
			s := openSound(t, t.TempDir()) // verifies the header, too
			put(s, 0, 5)
			mustCommit(t, s)
			f, err := os.OpenFile(s.VectorsPath(), os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if _, err := f.WriteAt(header, 0); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestGoroutinesCreateAndFillOneStore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			s, err := openSpec(dir, testSpec) // one store each, as processes have
			if err != nil {
				t.Error(err)
				return
			}
			for n := range 20 {
				put(s, n*10+g, n*10+g+10) // overlaps with the others'
				if err := s.Commit(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	s := openSound(t, dir)
	mustHold(t, s, 0, 203)
	if info, err := s.Info(); err != nil || info.Rows != 203 {
		t.Errorf("%d rows, want 203, %v", info.Rows, err)
	}
}

func TestGoroutinesShareAStore(t *testing.T) {
	s := openSound(t, t.TempDir())
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for n := g * 100; n < g*100+100; n++ {
				put(s, n, n+1)
				entries, err := s.Lookup([]Key{testKey(n)})
				if err != nil || entries[0].State == Missing {
					t.Errorf("image %d was put and is missing, %v", n, err)
				}
				if n%25 == 0 {
					if err := s.Commit(); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	mustCommit(t, s)
	mustHold(t, s, 0, 400)
}

// Rows may hold any four bytes for a value, also what is not a number: thumbnails
// are kept so.
func TestRowsKeepEveryBit(t *testing.T) {
	dir := t.TempDir()
	s := openSound(t, dir)
	want := make([]float32, testDim)
	for i, bits := range []uint32{0, 1 << 31, 0x7f800001, 0xffbfffff, 0x7fffffff, 1, 0xffffffff, 0x7f800000} {
		want[i] = math.Float32frombits(bits)
	}
	s.Put(testKey(0), want)
	mustCommit(t, s)
	m, err := open(t, dir).Rows(t.Context(), testKeys(0, 1))
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	for i, v := range m.Row(0) {
		if math.Float32bits(v) != math.Float32bits(want[i]) {
			t.Errorf("value %d is %#x, want %#x", i, math.Float32bits(v), math.Float32bits(want[i]))
		}
	}
}
