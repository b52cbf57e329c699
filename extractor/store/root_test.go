package store

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestOpenHashNeedsNoSpec(t *testing.T) {
	dir := sample(t)
	root := mustRoot(t, dir)
	specs, err := root.Specs()
	if err != nil || len(specs) != 1 || specs[0].Hash != testSpec.Hash() || specs[0].Damaged {
		t.Fatalf("specs are %v, %v", specs, err)
	}
	s, err := root.OpenHash(specs[0].Hash)
	if err != nil {
		t.Fatal(err)
	}
	images, err := s.Images()
	if err != nil || len(images) != 270 {
		t.Fatalf("%d images, %v", len(images), err)
	}
	for row, image := range images {
		if image.Row != int64(row) {
			t.Errorf("image %d has row %d", row, image.Row)
		}
	}
	paths, err := openFiles(t, dir).Paths(t.Context())
	if err != nil || len(paths) != 300 || paths[testKey(5)] != testFile(5).Path {
		t.Errorf("%d paths, %v", len(paths), err)
	}
	for _, hash := range []string{"ffff", strings.Repeat("f", 32), "../" + testSpec.Hash()} {
		if _, err := root.OpenHash(hash); err == nil {
			t.Errorf("%s, which is not there, was opened", hash)
		}
	}
	nowhere := filepath.Join(dir, "nowhere")
	if specs, err := mustRoot(t, nowhere).Specs(); err != nil || len(specs) > 0 {
		t.Errorf("no store: %v, %v", specs, err)
	}
	if _, err := os.Stat(nowhere); err == nil {
		t.Error("reading made a store")
	}
}

// writeMine writes files below a folder.
func writeMine(t *testing.T, dir string, paths ...string) {
	t.Helper()
	for _, path := range paths {
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("mine"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// makeOld gives everything in a folder the age of what was left behind.
func makeOld(t *testing.T, dir string) {
	t.Helper()
	past := time.Now().Add(-2 * abandoned)
	if err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		return errors.Join(err, os.Chtimes(path, past, past))
	}); err != nil {
		t.Fatal(err)
	}
}

func TestAFolderThatIsNotAStoreIsRefusedAndLeftAlone(t *testing.T) {
	for _, content := range []string{
		"thesis.txt", ".tmp-important/thesis.txt", ".tmp-0123456789abcdef", "spec.json", "files.db",
		"0123456789abcdef0123456789abcdef/spec.json", "0123/spec.json",
	} {
		dir := t.TempDir()
		writeMine(t, dir, content)
		makeOld(t, dir)
		before := contents(t, dir)
		_, err := openSpec(dir, testSpec)
		if not, ok := errors.AsType[*NotStoreError](err); !ok || not.Dir != dir || !strings.Contains(err.Error(), dir) {
			t.Errorf("%s: error is %v", content, err)
		}
		if !maps.Equal(before, contents(t, dir)) {
			t.Errorf("%s: the folder was changed", content)
		}
	}
}

func TestOnlyWhatTheStoreMadeIsSwept(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	hash := testSpec.Hash()
	foreign := []string{
		".tmp-important/thesis.txt", ".tmp-important.txt", "photo.jpg", hash + "/notes.txt", hash + "/.tmp-notes",
		".tmp-0123456789abcdef/thesis.txt", hash + "/.tmp-0123456789abcdef/thesis.txt", "other/.tmp-0123456789abcdef",
	}
	left := []string{".tmp-1123456789abcdef", hash + "/.tmp-1123456789abcdef", ".tmp-2123456789abcdef/spec.json"}
	writeMine(t, dir, append(foreign, left...)...)
	makeOld(t, dir)
	young := ".tmp-3123456789abcdef"
	writeMine(t, dir, young)
	open(t, dir)
	for _, path := range append(foreign, young) {
		if _, err := os.Stat(filepath.Join(dir, path)); err != nil {
			t.Error(err)
		}
	}
	for _, path := range left {
		if _, err := os.Stat(filepath.Join(dir, path)); err == nil {
			t.Errorf("%s is there still", path)
		}
	}
}

func TestDropFreesItsFolderAndNoOther(t *testing.T) {
	dir := sample(t)
	mustOpen(t, dir)
	info, err := open(t, dir).Info()
	if err != nil {
		t.Fatal(err)
	}
	root := mustRoot(t, dir)
	dropped, err := root.Drop(testSpec.Hash())
	if err != nil || dropped.Bytes != info.Bytes || len(dropped.Left) > 0 {
		t.Errorf("dropped %+v of %d bytes, %v", dropped, info.Bytes, err)
	}
	if specs, err := root.Specs(); err != nil || len(specs) != 1 || specs[0].Hash != smallSpec.Hash() {
		t.Errorf("left are %v, %v", specs, err)
	}
	if _, err := os.Stat(filepath.Join(dir, testSpec.Hash())); err == nil {
		t.Error("its folder is there still")
	}
}

func TestThumbnailsAreApartFromEmbeddings(t *testing.T) {
	dir := t.TempDir()
	root := mustRoot(t, filepath.Join(dir, "new"))
	thumbnails, err := openThumbnails(root) // before there are embeddings
	if err != nil {
		t.Fatal(err)
	}
	put(thumbnails, 0, 3)
	mustCommit(t, thumbnails)
	if specs, err := root.Specs(); err != nil || len(specs) != 0 {
		t.Errorf("embeddings are %v, %v", specs, err)
	}
	openSound(t, root.Dir())
	if _, err := root.Drop(testSpec.Hash()); err != nil {
		t.Fatal(err)
	}
	if thumbnails, err = openThumbnails(mustRoot(t, root.Dir())); err != nil {
		t.Fatal(err)
	}
	mustHold(t, thumbnails, 0, 3)

	writeMine(t, dir, "new/thumbnails/cats.jpg")
	if _, err := openThumbnails(root); err != nil {
		t.Errorf("beside another file: %v", err)
	}
	open(t, filepath.Join(dir, "empty"))
	writeMine(t, dir, "empty/thumbnails/cats.jpg")
	if _, err := openThumbnails(mustRoot(t, filepath.Join(dir, "empty"))); !errors.As(err, new(*NotStoreError)) {
		t.Errorf("a folder of cats: %v", err)
	}
}

func TestDropLeavesWhatIsNotTheStores(t *testing.T) {
	dir := sample(t)
	hash := testSpec.Hash()
	writeMine(t, dir, hash+"/notes.txt", hash+"/sub/spec.json", "other/spec.json")
	root := mustRoot(t, dir)
	dropped, err := root.Drop(hash)
	want := []string{filepath.Join(dir, hash, "notes.txt"), filepath.Join(dir, hash, "sub")}
	if err != nil || !slices.Equal(dropped.Left, want) {
		t.Errorf("dropped %+v, %v, want %v left", dropped, err, want)
	}
	if mine := contents(t, filepath.Join(dir, hash)); len(mine) != 2 {
		t.Errorf("left are %v", mine)
	}
	if _, err := root.Drop("other"); err == nil {
		t.Error("a folder that is not the store's was dropped")
	}
	if _, err := root.Drop(hash); err == nil {
		t.Error("it was dropped twice")
	}
}

func TestACommitToADroppedStoreFails(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	put(s, 0, 1)
	if _, err := mustRoot(t, dir).Drop(testSpec.Hash()); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(); err == nil || !strings.Contains(err.Error(), s.log.path) {
		t.Errorf("error is %v", err)
	}
	s = openSound(t, dir)
	put(s, 0, 1)
	mustCommit(t, s)
}

func TestANewerFormatIsRefusedAndLeftUntouched(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	put(s, 0, 5)
	mustCommit(t, s)
	marker := filepath.Join(dir, markerName)
	newer := map[string]string{marker: string(markerOf(formatVersion + 1))}
	header := s.log.format.header()
	header[16]++
	binary.LittleEndian.PutUint32(header[44:], crc32.Checksum(header[:44], castagnoli))
	pristine := contents(t, dir)
	newer[s.log.path] = string(header) + pristine[s.log.path][len(header):]
	for path, content := range newer {
		restore(t, pristine)
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
		before := contents(t, dir)
		put(s, 5, 6)
		_, err := openSpec(dir, testSpec)
		errs := []error{err}
		if path == s.log.path { // it may also have been upgraded while we had it open
			errs = append(errs, s.Commit())
		}
		for _, err := range errs {
			if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "newer headstart") {
				t.Errorf("error is %v", err)
			}
		}
		if !maps.Equal(before, contents(t, dir)) {
			t.Error("the store was changed")
		}
	}
}

func TestOpenNamesAnUnusableFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenRoot(file); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("error is %v", err)
	}
}

func TestAnInterruptedDropIsDoneByAnother(t *testing.T) {
	for files := range 3 {
		dir := sample(t)
		root := mustRoot(t, dir)
		for _, path := range ours(filepath.Join(dir, testSpec.Hash()))[:files] {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}
		specs, err := root.Specs()
		if err != nil || len(specs) != map[int]int{0: 1, 1: 1, 2: 0}[files] {
			t.Errorf("%d files removed: specs are %v, %v", files, specs, err)
		}
		if _, err := root.Drop(testSpec.Hash()); err != nil {
			t.Error(err)
		}
		s := openSound(t, dir)
		put(s, 0, 10)
		mustCommit(t, s)
	}
}

// A file system may give a new file the number of one that was removed.
func TestAStoreThatWasDroppedAndMadeAgainIsReadAnew(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	put(s, 0, 50)
	mustCommit(t, s)
	if _, err := mustRoot(t, dir).Drop(testSpec.Hash()); err != nil {
		t.Fatal(err)
	}
	other := openSound(t, dir)
	put(other, 100, 110)
	mustCommit(t, other)
	put(s, 0, 20)
	mustCommit(t, s)
	mustHold(t, open(t, dir), 100, 110)
	mustHold(t, open(t, dir), 0, 20)
}

func TestVerifyIsSatisfiedAfterRepair(t *testing.T) {
	dir := sample(t)
	s := open(t, dir)
	f, err := os.OpenFile(s.VectorsPath(), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []int64{60, s.offset(1), s.offset(280)} { // the header, a row, and garbage
		if _, err := f.WriteAt([]byte{7}, at); err != nil {
			t.Fatal(err)
		}
		mustRepair(t, dir)
		if problems := mustVerify(t, dir).Problems; len(problems) > 0 {
			t.Errorf("a byte at %d: %v", at, problems)
		}
	}
	f.Close()
}

// Whoever comes while another one makes the store is not refused.
func TestManyMakeAStoreAtOnce(t *testing.T) {
	for range 50 {
		dir := filepath.Join(t.TempDir(), "store")
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				root, err := OpenRoot(dir)
				if err == nil {
					_, err = root.Open(testSpec)
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	}
}

// A file that has the marker's name and is somebody else's stays as it is.
func TestAFileNamedAsTheMarkerIsNotOne(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, markerName)
	if err := os.WriteFile(path, []byte("my notes"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenRoot(dir); !errors.As(err, new(*NotStoreError)) {
		t.Errorf("error %v", err)
	}
	if content, err := os.ReadFile(path); err != nil || string(content) != "my notes" {
		t.Errorf("%q, %v", content, err)
	}
}
