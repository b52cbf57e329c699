package dataset

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// tree writes files, each with its own path as content, and returns their root.
func tree(t *testing.T, files ...string) string {
	t.Helper()
	root := t.TempDir()
	for _, file := range files {
		path := filepath.Join(root, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(file), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// list writes samples as "split label path", relative to root.
func list(t *testing.T, d *Dataset, root string) []string {
	t.Helper()
	var lines []string
	for _, s := range d.Samples {
		path, err := filepath.Rel(root, s.Path)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %s %s", s.Split, s.Label, path)))
	}
	return lines
}

func wantLines(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

func TestAFolderPerClass(t *testing.T) {
	root := tree(t, "dogs/b.jpg", "dogs/a.jpg", "cats/x/deep/1.png", "cats/0.png",
		"cats/.hidden", "cats/Thumbs.db", "__MACOSX/cats/0.png", "readme.txt")
	if err := os.Mkdir(filepath.Join(root, "empty"), 0o777); err != nil {
		t.Fatal(err)
	}
	d, err := Scan(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	wantLines(t, list(t, d, root), "cats cats/0.png", "cats cats/x/deep/1.png", "dogs dogs/a.jpg", "dogs dogs/b.jpg")
	wantLines(t, Classes(d.Samples), "cats", "dogs")
	wantLines(t, d.Notes,
		root+": skipped files outside class folders: 1",
		root+`: skipped class folders without files: "`+filepath.Join(root, "empty")+`"`)
}

func TestSplitFolders(t *testing.T) {
	root := tree(t, "Training/a/1.jpg", "valid/a/2.jpg", "test/b/3.jpg")
	d, err := Scan(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	wantLines(t, list(t, d, root), "train a Training/a/1.jpg", "test b test/b/3.jpg", "val a valid/a/2.jpg")
	if got := d.Splits(); !slices.Equal(got, []Split{Train, Val, Test}) {
		t.Errorf("splits %v", got)
	}
}

func TestAClassMayBeNamedTest(t *testing.T) {
	root := tree(t, "test/1.jpg", "other/2.jpg")
	d, err := Scan(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	wantLines(t, Classes(d.Samples), "other", "test")
}

func TestValAndTestAreSplitsWhereTheyHoldClasses(t *testing.T) {
	root := tree(t, "val/a/1.jpg", "test/a/2.jpg")
	d, err := Scan(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	wantLines(t, list(t, d, root), "test a test/a/2.jpg", "val a val/a/1.jpg")
}

func TestSplitsAndNoSplitsAreNotJoined(t *testing.T) {
	split, flat := tree(t, "train/a/1.jpg"), tree(t, "a/1.jpg")
	_, err := Scan(t.Context(), split, flat)
	if err == nil || !strings.Contains(err.Error(), "cannot join "+split+" and "+flat+": some have splits and some have none") {
		t.Errorf("error %v", err)
	}
}

func TestWhatCannotBeADataset(t *testing.T) {
	for name, c := range map[string]struct {
		files []string
		want  string
		is    error
	}{
		"flat":                  {files: []string{"1.jpg"}, want: "no class folders", is: ErrUnlabelled},
		"nothing":               {want: "no images in", is: ErrEmpty},
		"no classes in a split": {files: []string{"train/1.jpg"}, want: "skipped files outside class folders: 1", is: ErrEmpty},
		"mixture":               {files: []string{"train/a/1.jpg", "cats/2.jpg"}, want: `the folder "cats" is next to the split "train"`},
	} {
		t.Run(name, func(t *testing.T) {
			root := tree(t, c.files...)
			_, err := Scan(t.Context(), root)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), root) {
				t.Errorf("error %v, want %q and the folder", err, c.want)
			}
			if c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("%v is not %v", err, c.is)
			}
		})
	}
	if _, err := Scan(t.Context(), "no/such/folder"); err == nil || err.Error() != "cannot read no/such/folder: no such file or directory" {
		t.Errorf("error %v", err)
	}
}

func TestScanUnlabelled(t *testing.T) {
	root := tree(t, "b.jpg", "sub/a.jpg", "single.png")
	d, err := ScanUnlabelled(t.Context(), filepath.Join(root, "single.png"), root)
	if err != nil {
		t.Fatal(err)
	}
	wantLines(t, list(t, d, root), "single.png", "b.jpg", "single.png", "sub/a.jpg")
}

func TestReadGivesTheBytesAndHoldsTheLimit(t *testing.T) {
	root := tree(t, "a/123456789")
	d, err := Scan(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	data, err := d.Samples[0].Read([]byte("old content"), 11)
	if err != nil || string(data) != "a/123456789" {
		t.Errorf("read %q, %v", data, err)
	}
	if _, err := d.Samples[0].Read(nil, 10); err == nil || !strings.Contains(err.Error(), "11 bytes are over the limit of 10") {
		t.Errorf("error %v", err)
	}
}

// writeIDX writes an IDX file of unsigned bytes, gzipped if its name says so.
func writeIDX(t *testing.T, path string, data []byte, dims ...uint32) {
	t.Helper()
	content := binary.BigEndian.AppendUint32(nil, 0x800+uint32(len(dims)))
	for _, dim := range dims {
		content = binary.BigEndian.AppendUint32(content, dim)
	}
	content = append(content, data...)
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if strings.HasSuffix(path, ".gz") {
		z := gzip.NewWriter(file)
		defer z.Close()
		if _, err := z.Write(content); err != nil {
			t.Fatal(err)
		}
	} else if _, err := file.Write(content); err != nil {
		t.Fatal(err)
	}
}

func TestIDXRecordsAreGreyImages(t *testing.T) {
	root := t.TempDir()
	writeIDX(t, filepath.Join(root, "train-images-idx3-ubyte.gz"), []byte("abcdefghijkl"), 2, 2, 3)
	writeIDX(t, filepath.Join(root, "train-labels-idx1-ubyte.gz"), []byte{7, 0}, 2)
	writeIDX(t, filepath.Join(root, "t10k-images-idx3-ubyte"), []byte("zz"), 1, 1, 2)
	writeIDX(t, filepath.Join(root, "t10k-labels-idx1-ubyte"), []byte{7}, 1)
	d, err := Scan(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	wantLines(t, list(t, d, root),
		"test 7 t10k-images-idx3-ubyte#0",
		"train 7 train-images-idx3-ubyte.gz#0",
		"train 0 train-images-idx3-ubyte.gz#1")
	data, err := d.Samples[2].Read(nil, 100)
	if err != nil || string(data) != "P5\n3 2\n255\nghijkl" {
		t.Errorf("read %q, %v", data, err)
	}
	id, err := d.Samples[2].ID()
	if err != nil || !strings.HasSuffix(id.Path, ".gz#1") || id.Size == 0 {
		t.Errorf("id %+v, %v", id, err)
	}
}

func TestIDXFilesThatLieThereTwiceAreReadOnce(t *testing.T) {
	root := t.TempDir()
	for _, end := range []string{"", ".gz"} { // as gunzip -k leaves them
		writeIDX(t, filepath.Join(root, "train-images-idx3-ubyte"+end), []byte("ab"), 1, 1, 2)
		writeIDX(t, filepath.Join(root, "train-labels-idx1-ubyte"+end), []byte{7}, 1)
	}
	d, err := Scan(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	wantLines(t, list(t, d, root), "train 7 train-images-idx3-ubyte#0")
	wantLines(t, d.Notes, "skipped "+filepath.Join(root, "train-images-idx3-ubyte.gz")+": the unpacked file is there too")
}

func TestIDXNamesTellTheSplit(t *testing.T) {
	for name, want := range map[string]Split{
		"train-images-idx3-ubyte": Train, "t10k-images-idx3-ubyte.gz": Test,
		"emnist-digits-test-images-idx3-ubyte": Test, "qmnist-train-images-idx3-ubyte": Train,
	} {
		if split, err := idxSplit(name); err != nil || split != want {
			t.Errorf("%s: %s, %v", name, split, err)
		}
	}
	if _, err := idxSplit("more-images-idx3-ubyte"); err == nil {
		t.Error("a name that says nothing has a split")
	}
}

// FuzzIDX checks that no header makes a scan take memory out of proportion to
// the file, or samples that lie outside it.
func FuzzIDX(f *testing.F) {
	f.Add([]byte{0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 7, 7}, false)
	f.Add([]byte{0, 0, 8, 3, 255, 255, 255, 255, 0, 0, 0, 1, 0, 0, 0, 2}, false)
	f.Add([]byte{0, 0, 8, 3, 2, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1}, false)
	f.Add([]byte{0, 0, 8}, false)
	f.Add([]byte{31, 139, 8, 0, 0, 0, 0, 0, 0, 255}, true)
	f.Fuzz(func(t *testing.T, content []byte, packed bool) {
		x := &idx{path: "train-images-idx3-ubyte"}
		if packed {
			x.path += ".gz"
		}
		size := int64(len(content))
		if x.readHeader(bytes.NewReader(content), size) != nil {
			return
		}
		pixels := int64(x.count) * int64(x.rows) * int64(x.columns)
		if !packed && idxHeader+pixels > size || pixels > slack+mostPacked*size || int64(x.count) > (slack+mostPacked*size)/minRecord {
			t.Errorf("%d bytes give %d images of %d×%d", size, x.count, x.rows, x.columns)
		}
	})
}

func TestBrokenIDXFilesAreNamed(t *testing.T) {
	for name, c := range map[string]struct {
		pixels string
		dims   []uint32
		labels []byte
		want   string
	}{
		"cut short":     {"abc", []uint32{2, 2, 2}, []byte{1, 2}, "images-idx3-ubyte: cut short, 3 bytes of 8"},
		"other count":   {"abcd", []uint32{1, 2, 2}, []byte{1, 2}, "1 images, but 2 labels in"},
		"enormous":      {"abcd", []uint32{1 << 30, 2, 2}, []byte{1}, "a dimension of 1073741824"},
		"enormous side": {"abcd", []uint32{1, 1 << 20, 2}, []byte{1}, "a dimension of 1048576"},
		"other kind":    {"abcd", []uint32{1, 4}, []byte{1}, "not an IDX file of unsigned bytes in 3 dimensions"},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			writeIDX(t, filepath.Join(root, "train-images-idx3-ubyte"), []byte(c.pixels), c.dims...)
			writeIDX(t, filepath.Join(root, "train-labels-idx1-ubyte"), c.labels, uint32(len(c.labels)))
			d, err := Scan(t.Context(), root)
			if err == nil {
				_, err = d.Samples[0].Read(nil, 100)
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}
