package store

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sample makes a store of 300 images, one in ten unreadable, with its memo.
func sample(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := (filler{seed: 1, images: 300, batch: 100}).fill(dir, new(strings.Builder)); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestVerifyFindsEachFlippedBit(t *testing.T) {
	t.Parallel()
	dir := sample(t)
	path := open(t, dir).VectorsPath()
	sound, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		damaged := append([]byte(nil), sound...)
		at := headerSize + random.IntN(len(sound)-headerSize)
		damaged[at] ^= 1 << random.IntN(8)
		if err := os.WriteFile(path, damaged, 0o666); err != nil {
			t.Fatal(err)
		}
		report, err := open(t, dir).Verify(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf("row %d does not match its checksum", (at-headerSize)/(testDim*4))
		if len(report.Problems) != 1 || report.Problems[0].Text != want || report.Problems[0].Key == (Key{}) {
			t.Fatalf("bit flipped at %d: problems are %v, want %q", at, report.Problems, want)
		}
	}
}

func TestTruncatedVectorsAreNoticed(t *testing.T) {
	t.Parallel()
	for _, keep := range []int64{0, 100, headerSize, headerSize + 100*testDim*4 + 5} {
		dir := sample(t)
		s := open(t, dir)
		if err := os.Truncate(s.VectorsPath(), keep); err != nil {
			t.Fatal(err)
		}
		s = open(t, dir)
		if report, err := s.Verify(t.Context()); err != nil || len(report.Problems) == 0 {
			t.Errorf("kept %d bytes: verify says %v, %v", keep, report.Problems, err)
		}
		if _, err := s.Rows([]int64{0}); err == nil || !strings.Contains(err.Error(), "vectors.npy is damaged") {
			t.Errorf("kept %d bytes: reading says %v", keep, err)
		}
		put(s, 300, 301)
		if err := s.Commit(); err == nil || !strings.Contains(err.Error(), "vectors.npy is damaged") {
			t.Errorf("kept %d bytes: commit says %v", keep, err)
		}
	}
}

func TestMissingFilesAreNamed(t *testing.T) {
	for _, name := range []string{"spec.json", "vectors.npy", "index.db"} {
		dir := sample(t)
		path := filepath.Join(dir, testSpec.Hash, name)
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir, testSpec); err == nil || !strings.Contains(err.Error(), path) ||
			!strings.Contains(err.Error(), "delete the folder") {
			t.Errorf("error is %v", err)
		}
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s was made anew", name)
		}
	}
}

// spoil damages a file as disks and people do.
func spoil(random *rand.Rand, sound string) []byte {
	b := []byte(sound)
	switch random.IntN(5) {
	case 0:
		return b[:random.IntN(len(b))]
	case 1: // a block of zeros
		at := random.IntN(len(b))
		clear(b[at:min(len(b), at+1+random.IntN(8192))])
	case 2: // a block of another place
		from := random.IntN(len(b))
		copy(b[random.IntN(len(b)):], b[from:min(len(b), from+1+random.IntN(8192))])
	default:
		for range 1 + random.IntN(30) {
			b[random.IntN(len(b))] = byte(random.Uint32())
		}
	}
	return b
}

// rounds of random damage in a test. The seeds below are chosen, too: bbolt trusts
// the sizes in its pages, and about one round in a hundred with other seeds makes
// it take a gigabyte before it fails. Nor do they lead bbolt to a place just behind
// the file's mapping: what it finds there hangs on what else the process has mapped,
// and may even be another mapping of the same file, with all in its place.
const rounds = 100

// mustName fails unless an error says which file is damaged and how to go on.
func mustName(t *testing.T, round int, path string, err error) {
	t.Helper()
	if err != nil && (!strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "delete th")) &&
		!strings.Contains(err.Error(), "newer headstart") {
		t.Errorf("round %d: error does not say what to do about which file: %v", round, err)
	}
}

func TestADamagedIndexIsAnErrorAndNoCrash(t *testing.T) {
	t.Parallel()
	dir := sample(t)
	path := open(t, dir).index.path
	sound := contents(t, dir)
	refused, reported, unnoticed := 0, 0, 0
	for round := range rounds {
		random := rand.New(rand.NewPCG(11, uint64(round)))
		restore(t, sound)
		if err := os.WriteFile(path, spoil(random, sound[path]), 0o666); err != nil {
			t.Fatal(err)
		}
		s, err := Open(dir, testSpec)
		if err != nil {
			refused++
			mustName(t, round, path, err)
			continue
		}
		report, verifyErr := s.Verify(t.Context())
		mustName(t, round, path, verifyErr)
		entries, err := s.Lookup(testKeys(0, 300))
		mustName(t, round, path, err)
		switch {
		case verifyErr != nil:
			refused++
		case len(report.Problems) > 0:
			reported++
		default:
			unnoticed++ // and so it must not matter
			if err != nil {
				t.Errorf("round %d: verify found nothing, but: %v", round, err)
			}
			for n, e := range entries {
				// bbolt falls back on the state before the last commit if that one's
				// root is damaged: images may be missing then, but never wrong.
				lost := e.State == Missing && report.Rows < 270
				if want := map[bool]State{false: Stored, true: Unreadable}[undecodable(n)]; e.State != want && !lost {
					t.Errorf("round %d: verify found nothing, but image %d has state %v", round, n, e.State)
				}
			}
		}
		put(s, 1000, 1050)
		mustName(t, round, path, s.Commit())
	}
	t.Logf("%d refused, %d reported by verify, %d without effect", refused, reported, unnoticed)
}

func TestADamagedMemoIsAnErrorAndNoCrash(t *testing.T) {
	t.Parallel()
	dir := sample(t)
	path := openFiles(t, dir).bolt.path
	sound := contents(t, dir)[path]
	for round := range rounds {
		random := rand.New(rand.NewPCG(8, uint64(round)))
		if err := os.WriteFile(path, spoil(random, sound), 0o666); err != nil {
			t.Fatal(err)
		}
		f, err := OpenFiles(dir)
		mustName(t, round, path, err)
		if err != nil {
			continue
		}
		_, err = f.Lookup([]FileID{testFile(1), testFile(150)})
		mustName(t, round, path, err)
		f.Put(testFile(1000), testKey(1000), now)
		mustName(t, round, path, f.Commit())
	}
}
