package store

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func mustRepair(t *testing.T, dir string) Repair {
	t.Helper()
	r, err := RepairHash(t.Context(), dir, testSpec.Hash)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// mustHoldTruth fails if an image of sample has another embedding than its own,
// and returns how many have one.
func mustHoldTruth(t *testing.T, dir string) (held int) {
	t.Helper()
	s := open(t, dir)
	entries, err := s.Lookup(testKeys(0, 300))
	if err != nil {
		t.Fatal(err)
	}
	var images []int
	for n, e := range entries {
		if e.State == Stored {
			images = append(images, n)
		}
	}
	mustHoldAll(t, s, images)
	return len(images)
}

func TestRepairDropsDamagedRowsOnly(t *testing.T) {
	dir := sample(t)
	s := open(t, dir)
	f, err := os.OpenFile(s.VectorsPath(), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []int64{0, 7, 269} {
		if _, err := f.WriteAt([]byte{0xff, 0xfe}, s.offset(row)+9); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.WriteAt([]byte("garbage"), s.offset(270)); err != nil {
		t.Fatal(err)
	}
	f.Close()

	r := mustRepair(t, dir)
	if r.Dropped != 3 || len(r.Problems) != 3 || r.Rebuilt || r.Truncated != 7 {
		t.Errorf("repair: %+v", r)
	}
	mustBeSound(t, dir)
	if held := mustHoldTruth(t, dir); held != 267 {
		t.Errorf("%d images are left, want 267", held)
	}
	put(s, 0, 9)
	for n := 10; n < 300; n++ {
		if !undecodable(n) {
			put(s, n, n+1)
		}
	}
	mustCommit(t, s)
	mustBeSound(t, dir)
	if info, err := s.Info(); err != nil || info.Images() != 270 || info.Rows != 273 {
		t.Errorf("after extracting again: %+v, %v", info, err)
	}
	if r := mustRepair(t, dir); len(r.Problems) > 0 || r.Dropped > 0 {
		t.Errorf("a second repair: %+v", r)
	}
}

func TestRepairOfTruncatedVectorsKeepsWhatIsLeft(t *testing.T) {
	dir := sample(t)
	s := open(t, dir)
	if err := os.Truncate(s.VectorsPath(), s.offset(100)+5); err != nil {
		t.Fatal(err)
	}
	if r := mustRepair(t, dir); r.Dropped != 170 || r.Truncated != 5 {
		t.Errorf("repair: %+v", r)
	}
	mustBeSound(t, dir)
	if held := mustHoldTruth(t, dir); held != 100 {
		t.Errorf("%d images are left, want 100", held)
	}
}

func TestRepairMakesALostIndexAnew(t *testing.T) {
	dir := sample(t)
	path := open(t, dir).index.path
	index, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	clear(index[:2*os.Getpagesize()]) // both pages that say where all others are
	if err := os.WriteFile(path, index, 0o666); err != nil {
		t.Fatal(err)
	}
	r := mustRepair(t, dir)
	if !r.Rebuilt || len(r.Problems) != 1 || !strings.Contains(r.Problems[0].Text, path) {
		t.Errorf("repair: %+v", r)
	}
	mustBeSound(t, dir)
	if held := mustHoldTruth(t, dir); held != 270 {
		t.Errorf("%d images are left, want all 270", held)
	}
	put(open(t, dir), 300, 310)
}

func TestRepairAfterAnyDamageLeavesASoundStoreThatTellsTheTruth(t *testing.T) {
	t.Parallel()
	dir := sample(t)
	sound := contents(t, dir)
	kept := 0
	for round := range 60 {
		random := rand.New(rand.NewPCG(9, uint64(round)))
		restore(t, sound)
		for _, name := range []string{"index.db", "vectors.npy"}[random.IntN(2):] {
			path := filepath.Join(dir, testSpec.Hash, name)
			if err := os.WriteFile(path, spoil(random, sound[path]), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := RepairHash(t.Context(), dir, testSpec.Hash); err != nil {
			if !strings.Contains(err.Error(), "delete the folder") && !strings.Contains(err.Error(), "newer headstart") {
				t.Errorf("round %d: %v", round, err)
			}
			continue
		}
		mustBeSound(t, dir)
		kept += mustHoldTruth(t, dir)
	}
	t.Logf("%d of %d embeddings kept", kept, 60*270)
	if kept < 60*270/4 {
		t.Errorf("no more than %d of %d embeddings were kept", kept, 60*270)
	}
}

func TestCheckedRowsNeverGivesAWrongRow(t *testing.T) {
	t.Parallel()
	dir := sample(t)
	sound := contents(t, dir)
	keys := slices.DeleteFunc(testKeys(0, 300), func(k Key) bool { return unreadableKeys[k] })
	truths, refused := 0, 0
	for round := range rounds {
		random := rand.New(rand.NewPCG(7, uint64(round)))
		restore(t, sound)
		name := []string{"index.db", "vectors.npy"}[round%2]
		path := filepath.Join(dir, testSpec.Hash, name)
		if err := os.WriteFile(path, spoil(random, sound[path]), 0o666); err != nil {
			t.Fatal(err)
		}
		s, err := Open(dir, testSpec)
		if err != nil {
			refused++
			continue
		}
		for n := 0; n < 300; n += 4 {
			if undecodable(n) {
				continue
			}
			m, err := s.CheckedRows(t.Context(), []Key{testKey(n)})
			if err != nil {
				refused++
				continue
			}
			if !slices.Equal(m.Row(0), testVector(n)) {
				t.Errorf("round %d: image %d has embedding %v", round, n, m.Row(0))
			}
			truths++
			m.Close()
		}
	}
	t.Logf("%d rows told the truth, %d reads were refused", truths, refused)
	restore(t, sound)
	enough, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := open(t, dir).CheckedRows(enough, keys); !errors.Is(err, context.Canceled) {
		t.Errorf("without time to check: %v", err)
	}
	if report, err := open(t, dir).Verify(enough); !errors.Is(err, context.Canceled) {
		t.Errorf("without time to verify: %v, %v", report, err)
	}
	m, err := open(t, dir).CheckedRows(t.Context(), keys)
	if err != nil || m.Len() != 270 {
		t.Fatalf("a sound store: %v", err)
	}
	m.Close()
}

var unreadableKeys = func() map[Key]bool {
	keys := make(map[Key]bool)
	for n := range 300 {
		keys[testKey(n)] = undecodable(n)
	}
	return keys
}()

func TestRepairOfTheMemo(t *testing.T) {
	t.Parallel()
	dir := sample(t)
	if replaced, err := RepairFiles(t.Context(), dir); replaced || err != nil {
		t.Errorf("a sound memo: %v, %v", replaced, err)
	}
	path := filesPath(dir)
	memo, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for at := range memo { // in every entry, behind its path
		if bytes.HasPrefix(memo[at:], []byte("/photos/")) {
			memo[at+20] ^= 1
		}
	}
	if err := os.WriteFile(path, memo, 0o666); err != nil {
		t.Fatal(err)
	}
	for n := range 300 {
		if key := lookupFile(t, openFiles(t, dir), testFile(n)); key != testKey(n) && key != (Key{}) {
			t.Errorf("file %d has key %v", n, key)
		}
	}
	if damage, err := VerifyFiles(t.Context(), dir); err != nil || damage == nil || !strings.Contains(damage.Error(), path) {
		t.Errorf("verify: %v, %v", damage, err)
	}
	if replaced, err := RepairFiles(t.Context(), dir); !replaced || err != nil {
		t.Errorf("a damaged memo: %v, %v", replaced, err)
	}
	if damage, err := VerifyFiles(t.Context(), dir); damage != nil || err != nil {
		t.Errorf("verify after repair: %v, %v", damage, err)
	}
}
