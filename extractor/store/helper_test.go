package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
)

const testDim = 16

var testSpec = Spec{Dim: testDim, JSON: []byte(`{"backbone":"test"}`)}

// testKey and testVector are the key and the embedding of a made-up image.
func testKey(n int) Key {
	return sha256.Sum256(binary.LittleEndian.AppendUint64(nil, uint64(n)))
}

func testVector(n int) []float32 {
	v := make([]float32, testDim)
	for i := range v {
		v[i] = float32(n*testDim+i) / 3
	}
	return v
}

func testKeys(from, to int) (keys []Key) {
	for n := from; n < to; n++ {
		keys = append(keys, testKey(n))
	}
	return keys
}

func put(s *Store, from, to int) {
	for n := from; n < to; n++ {
		s.Put(testKey(n), testVector(n))
	}
}

func mustCommit(t testing.TB, s *Store) {
	t.Helper()
	if err := s.Commit(); err != nil {
		t.Fatal(err)
	}
}

// openSound opens the store at dir and, when the test is over, verifies it.
func openSound(t testing.TB, dir string) *Store {
	t.Helper()
	s := open(t, dir)
	t.Cleanup(func() { mustBeSound(t, dir) })
	return s
}

func open(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := openSpec(dir, testSpec)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// openThumbnails opens what is a store of its own, whose rows are like others here.
func openThumbnails(root *Root) (*Store, error) {
	root, err := root.Thumbnails()
	if err != nil {
		return nil, err
	}
	return root.Open(testSpec)
}

func openSpec(dir string, spec Spec) (*Store, error) {
	root, err := OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return root.Open(spec)
}

func mustRoot(t testing.TB, dir string) *Root {
	t.Helper()
	root, err := OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func mustVerify(t testing.TB, dir string) Report {
	t.Helper()
	report, err := mustRoot(t, dir).Verify(context.Background(), testSpec.Hash()) // t.Context is over in a Cleanup
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func mustBeSound(t testing.TB, dir string) {
	t.Helper()
	open(t, dir) // puts right what is behind
	for _, p := range mustVerify(t, dir).Problems {
		t.Error(p)
	}
}

// mustHold fails unless the store has committed the embeddings of these images.
func mustHold(t testing.TB, s *Store, from, to int) {
	t.Helper()
	var images []int
	for n := from; n < to; n++ {
		images = append(images, n)
	}
	mustHoldAll(t, s, images)
}

func mustHoldAll(t testing.TB, s *Store, images []int) {
	t.Helper()
	keys := make([]Key, len(images))
	for i, n := range images {
		keys[i] = testKey(n)
	}
	entries, err := s.Lookup(keys)
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range entries {
		if e.State != Stored {
			t.Fatalf("image %d is %+v, want stored", images[i], e)
		}
	}
	m, err := s.Rows(t.Context(), keys)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	for i, n := range images {
		if !slices.Equal(m.Row(i), testVector(n)) {
			t.Fatalf("image %d has embedding %v, want %v", n, m.Row(i), testVector(n))
		}
	}
}

func mustBe(t testing.TB, s *Store, n int, want State) {
	t.Helper()
	entries, err := s.Lookup([]Key{testKey(n)})
	if err != nil {
		t.Fatal(err)
	}
	if entries[0].State != want {
		t.Errorf("image %d has state %d, want %d", n, entries[0].State, want)
	}
}

// fromEnvironment is a number that a variable of the environment sets.
func fromEnvironment(t testing.TB, variable string, unset int) int {
	t.Helper()
	text, set := os.LookupEnv(variable)
	if !set {
		return unset
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s is %q", variable, text)
	}
	return n
}

// contents reads all files below dir.
func contents(t testing.TB, dir string) map[string]string {
	t.Helper()
	all := make(map[string]string)
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		all[path] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// restore writes files back as contents read them.
func restore(t testing.TB, files map[string]string) {
	t.Helper()
	for path, content := range files {
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}
