package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
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

// memoryDir is a folder in memory where the system has one: there are thousands
// of files to be synced.
func memoryDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "headstart-test-*")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// A small store has few enough bits to flip them all.
type small struct {
	dir      string
	pristine map[string]string
	truth    map[Key][]float32 // nil for an unreadable image
	hit      func(path string, at int) (Key, bool)
}

var smallSpec = Spec{Dim: 4, JSON: []byte(`{"dim":4}`)}

func makeSmall(t *testing.T) *small {
	t.Helper()
	d := &small{dir: memoryDir(t), truth: make(map[Key][]float32)}
	s := mustOpen(t, d.dir)
	for n := range 15 {
		key := testKey(n)
		if n%5 == 4 {
			d.truth[key] = nil
			s.PutUnreadable(key, strings.Repeat("too odd ", n))
		} else {
			d.truth[key] = testVector(n)[:4]
			s.Put(key, d.truth[key])
		}
		if n%4 == 3 {
			mustCommit(t, s)
		}
	}
	mustCommit(t, s)
	d.pristine = contents(t, d.dir)
	// Which image a byte belongs to: to the one of the record before, if it is text.
	src, done, err := s.lockedSource()
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	var owners []Key
	rows := make(map[int]Key)
	if err := s.log.scan(src, 0, s.log.next, func(index int64, r record, ok bool) {
		key := Key(r.payload)
		if r.kind == kindText {
			key = owners[index-1]
		}
		if r.kind == kindRow {
			rows[int(r.number)] = key
		}
		owners = append(owners, key)
	}); err != nil {
		t.Fatal(err)
	}
	d.hit = func(path string, at int) (Key, bool) {
		switch filepath.Base(path) {
		case logName:
			if at >= logHeaderSize {
				return owners[(at-logHeaderSize)/recordSize], true
			}
		case vectorsName:
			if at >= int(s.offset(0)) {
				return rows[(at-int(s.offset(0)))/16], true
			}
		}
		return Key{}, false
	}
	return d
}

func mustOpen(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := openSpec(dir, smallSpec)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// serve fails if the store says anything untrue, and returns the images that it
// does not know.
func (d *small) serve(t *testing.T, s *Store) (missing []Key) {
	t.Helper()
	keys := slices.Collect(maps.Keys(d.truth))
	if _, err := s.Rows(t.Context(), keys); err == nil {
		t.Fatal("rows of unreadable images")
	} // and now it knows which are damaged
	entries, err := s.Lookup(keys)
	if err != nil {
		t.Fatal(err)
	}
	for i, key := range keys {
		switch entries[i].State {
		case Missing:
			missing = append(missing, key)
		case Stored:
			m, err := s.Rows(t.Context(), []Key{key})
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(m.Row(0), d.truth[key]) {
				t.Fatalf("image %v has row %v", key, m.Row(0))
			}
			m.Close()
		case Unreadable:
			if d.truth[key] != nil || entries[i].Reason == "" || strings.Trim(entries[i].Reason, "to d") != "" {
				t.Fatalf("image %v is unreadable because of %q", key, entries[i].Reason)
			}
		}
	}
	return missing
}

// makeAgain puts what is missing, and fails unless all is there then.
func (d *small) makeAgain(t *testing.T, s *Store, missing []Key) {
	t.Helper()
	for _, key := range missing {
		if vector := d.truth[key]; vector != nil {
			s.Put(key, vector)
		} else {
			s.PutUnreadable(key, "too odd")
		}
	}
	mustCommit(t, s)
	if missing := d.serve(t, mustOpen(t, d.dir)); len(missing) > 0 {
		t.Fatalf("made again, and %v are missing still", missing)
	}
}

// verify fails if Verify writes anything.
func (d *small) verify(t *testing.T) (Report, error) {
	t.Helper()
	root := mustRoot(t, d.dir)
	before := fingerprints(t, d.dir)
	report, err := root.Verify(t.Context(), smallSpec.Hash())
	if after := fingerprints(t, d.dir); !maps.Equal(before, after) {
		t.Fatalf("verify wrote: %v became %v", before, after)
	}
	return report, err
}

type fingerprint struct {
	size int64
	time time.Time
}

func fingerprints(t *testing.T, dir string) map[string]fingerprint {
	t.Helper()
	all := make(map[string]fingerprint)
	if err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err == nil {
			all[path] = fingerprint{info.Size(), info.ModTime()}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// mend repairs, and fails unless the store is sound then.
func (d *small) mend(t *testing.T) {
	t.Helper()
	if _, err := mustRoot(t, d.dir).Repair(t.Context(), smallSpec.Hash()); err != nil {
		t.Fatal(err)
	}
	mustOpen(t, d.dir) // writes spec.json
	if report, err := d.verify(t); err != nil || len(report.Problems) > 0 {
		t.Fatalf("repaired, and verify says %v, %v", report.Problems, err)
	}
}

func (d *small) flip(t *testing.T, path string, bit int) {
	t.Helper()
	b := []byte(d.pristine[path])
	b[bit/8] ^= 1 << (bit % 8)
	if err := os.WriteFile(path, b, 0o666); err != nil {
		t.Fatal(err)
	}
}

// Any bit of any file: verify finds it, what it did not hit is served, what
// it hit is missing and can be made again, and repair leaves a sound store.
func TestEachFlippedBitIsFoundAndHitsNoOtherRow(t *testing.T) {
	t.Parallel()
	d := makeSmall(t)
	const again = 16
	// In steps of 11 each bit of a byte has its turn, but not in each byte.
	step := fromEnvironment(t, "HEADSTART_STORE_FLIP_EVERY", 11)
	flips := 0
	for _, path := range slices.Sorted(maps.Keys(d.pristine)) {
		for bit := 0; bit < 8*len(d.pristine[path]); bit += step {
			d.flip(t, path, bit)
			flips++
			label := fmt.Sprintf("%s, bit %d", filepath.Base(path), bit)
			report, err := d.verify(t)
			if err != nil || len(report.Problems) == 0 {
				t.Fatalf("%s: verify says %v, %v", label, report.Problems, err)
			}
			s := mustOpen(t, d.dir)
			missing := d.serve(t, s)
			if key, hit := d.hit(path, bit/8); hit && !slices.Equal(missing, []Key{key}) || !hit && len(missing) > 0 {
				t.Fatalf("%s: missing are %v, hit was %v %v", label, missing, key, hit)
			}
			if flips%again == 0 {
				if flips%(2*again) == 0 {
					d.mend(t)
				}
				d.makeAgain(t, s, missing)
				d.mend(t)
			}
			restore(t, d.pristine)
		}
	}
	t.Logf("%d flips", flips)
}

// hurt damages a file as disks, programs and people do.
func hurt(t *testing.T, random *rand.Rand, path, sound string, others []string) {
	t.Helper()
	b := []byte(sound)
	switch random.IntN(8) {
	case 0:
		b = b[:random.IntN(len(b)+1)]
	case 1: // a block of zeros
		at := random.IntN(len(b))
		clear(b[at:min(len(b), at+1+random.IntN(len(b)))])
	case 2: // a block of another place
		from := random.IntN(len(b))
		copy(b[random.IntN(len(b)):], b[from:min(len(b), from+1+random.IntN(len(b)))])
	case 3: // another file
		b = []byte(others[random.IntN(len(others))])
	case 4:
		for range 1 + random.IntN(100) {
			b = append(b, byte(random.Uint32()))
		}
	case 5:
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		return
	default:
		for range 1 + random.IntN(30) {
			b[random.IntN(len(b))] = byte(random.Uint32())
		}
	}
	if err := os.WriteFile(path, b, 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestAnyDamageToAFileLeavesTheTruth(t *testing.T) {
	t.Parallel()
	d := makeSmall(t)
	paths := slices.Sorted(maps.Keys(d.pristine))
	others := slices.Sorted(maps.Values(d.pristine))
	served := 0
	rounds := fromEnvironment(t, "HEADSTART_STORE_DAMAGE", 200)
	for round := range rounds {
		random := rand.New(rand.NewPCG(11, uint64(round)))
		path := paths[random.IntN(len(paths))]
		hurt(t, random, path, d.pristine[path], others)
		if _, err := d.verify(t); err != nil {
			t.Fatalf("round %d: verify: %v", round, err)
		}
		s := mustOpen(t, d.dir)
		missing := d.serve(t, s)
		served += len(d.truth) - len(missing)
		if round%2 == 0 {
			d.mend(t)
		}
		d.makeAgain(t, s, missing)
		d.mend(t)
		restore(t, d.pristine)
	}
	t.Logf("%d of %d images were served", served, rounds*len(d.truth))
	if served < rounds*len(d.truth)/2 {
		t.Error("too few")
	}
}

func TestTwoRepairsAndAnExtractionAtOnceLoseNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openSound(t, dir)
	put(s, 0, 400)
	mustCommit(t, s)
	vectors, err := os.OpenFile(s.VectorsPath(), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	for row := int64(0); row < 400; row += 40 {
		if _, err := vectors.WriteAt([]byte{1, 2, 3}, s.offset(row)); err != nil {
			t.Fatal(err)
		}
	}
	vectors.Close()
	ends := make(chan error)
	for range 3 {
		go func() {
			var err error
			for range 20 {
				_, repairErr := mustRoot(t, dir).Repair(context.Background(), testSpec.Hash())
				err = errors.Join(err, repairErr)
			}
			ends <- err
		}()
	}
	for n := 400; n < 800; n += 20 {
		put(s, n, n+20)
		mustCommit(t, s)
	}
	for range 3 {
		if err := <-ends; err != nil {
			t.Error(err)
		}
	}
	for row := 0; row < 400; row += 40 { // was dropped, or will be
		mustHold(t, open(t, dir), row+1, row+40)
	}
	mustHold(t, open(t, dir), 400, 800)
	if problems := mustVerify(t, dir).Problems; len(problems) > 0 {
		t.Error(problems)
	}
}

func TestALogOfOtherRowsIsRefusedAndKept(t *testing.T) {
	dir := t.TempDir()
	s, other := open(t, dir), mustOpen(t, dir)
	foreign, err := os.ReadFile(other.log.path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.log.path, foreign, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := openSpec(dir, testSpec); err == nil || !strings.Contains(err.Error(), s.log.path) {
		t.Errorf("error is %v", err)
	}
	if now, _ := os.ReadFile(s.log.path); string(now) != string(foreign) {
		t.Error("it was changed")
	}
}

var touched float32 // or the compiler would not

func TestVectorsCutShortWhileTheyAreInUse(t *testing.T) {
	dir := t.TempDir()
	const images, dim = 65, mapFrom / (64 * 4)
	wide := Spec{Dim: dim, JSON: []byte("wide")}
	s, err := openSpec(dir, wide)
	if err != nil {
		t.Fatal(err)
	}
	put := func() {
		for n := range images {
			s.Put(testKey(n), slices.Repeat([]float32{float32(n)}, dim))
		}
		mustCommit(t, s)
	}
	put()
	m, err := s.Rows(t.Context(), testKeys(0, images))
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if m.mapped == nil {
		t.Fatal("it is not mapped")
	}
	if err := os.Truncate(s.VectorsPath(), 100); err != nil {
		t.Fatal(err)
	}
	if err := m.Guard(func() error {
		touched = slices.Max(m.Row(images - 1))
		return nil
	}); err == nil || !strings.Contains(err.Error(), s.VectorsPath()) {
		t.Errorf("error is %v", err)
	}
	missing, ok := errors.AsType[*MissingError](func() error { _, err := s.Rows(t.Context(), testKeys(0, images)); return err }())
	if !ok || len(missing.Keys) != images || !strings.Contains(missing.Error(), s.VectorsPath()) {
		t.Errorf("rows: %v", missing)
	}
	put() // they are made again
	for range 2 {
		again, err := s.Rows(t.Context(), testKeys(0, images))
		if err != nil {
			t.Fatal(err)
		}
		if v := again.Row(64)[dim-1]; v != 64 {
			t.Errorf("the last value is %v", v)
		}
		again.Close()
		if s, err = openSpec(dir, wide); err != nil {
			t.Fatal(err)
		}
	}
}

func TestADamagedMemoBeginsAnew(t *testing.T) {
	t.Parallel()
	dir := sample(t)
	path := openFiles(t, dir).path
	sound := contents(t, dir)[path]
	kept := 0
	for round := range fromEnvironment(t, "HEADSTART_STORE_DAMAGE", 200) / 10 {
		random := rand.New(rand.NewPCG(8, uint64(round)))
		hurt(t, random, path, sound, []string{"other"})
		f := openFiles(t, dir)
		for n := range 300 {
			if key := lookupFile(t, f, testFile(n)); key == testKey(n) {
				kept++
			} else if key != (Key{}) {
				t.Fatalf("round %d: file %d has key %v", round, n, key)
			}
		}
		f.Put(testFile(1000), testKey(1000), now)
		if err := f.Commit(); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		// In pages whose keys are out of order it may not be found: it is read again then.
		if key := lookupFile(t, f, testFile(1000)); key != testKey(1000) && key != (Key{}) {
			t.Fatalf("round %d: what was put now has key %v", round, key)
		}
	}
	t.Logf("%d files were still known", kept)
}
