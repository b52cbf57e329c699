package dataset

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// zipped writes a zip file with the given entries, each with its own name as
// content, unless it is NAME=CONTENT, and returns its path.
func zipped(t testing.TB, entries ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "data.ZIP")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	w := zip.NewWriter(file)
	for _, e := range entries {
		name, content, given := strings.Cut(e, "=")
		if !given {
			content = name
		}
		entry, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(name, "/") {
			if _, err := io.WriteString(entry, content); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// listZip writes samples as "split label entry".
func listZip(t *testing.T, d *Dataset, file string) []string {
	t.Helper()
	var lines []string
	for _, s := range d.Samples {
		entry, found := strings.CutPrefix(s.Path, file+"#")
		if !found {
			t.Errorf("%s is not in %s", s.Path, file)
		}
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %s %s", s.Split, s.Label, entry)))
	}
	return lines
}

func TestZipFiles(t *testing.T) {
	for name, c := range map[string]struct{ entries, want []string }{
		"classes": {
			[]string{"dogs/b.jpg", "cats/sub/1.jpg", "cats/0.jpg", "readme.txt", "__MACOSX/cats/._0.jpg", "cats/.hidden", "empty/"},
			[]string{"cats cats/0.jpg", "cats cats/sub/1.jpg", "dogs dogs/b.jpg"},
		},
		"splits": {
			[]string{"Train/a/1.jpg", "valid/a/2.jpg", "test/b/3.jpg"},
			[]string{"train a Train/a/1.jpg", "test b test/b/3.jpg", "val a valid/a/2.jpg"},
		},
		"in one folder for all": {
			[]string{"PetImages/Cat/1.jpg", "PetImages/Dog/1.jpg", "licence.docx"},
			[]string{"Cat PetImages/Cat/1.jpg", "Dog PetImages/Dog/1.jpg"},
		},
		"splits in one folder": {
			[]string{"x/train/a/1.jpg", "x/test/a/2.jpg"},
			[]string{"test a x/test/a/2.jpg", "train a x/train/a/1.jpg"},
		},
		"one split": {[]string{"train/a/1.jpg", "train/b/2.jpg"}, []string{"train a train/a/1.jpg", "train b train/b/2.jpg"}},
		"manifest": {
			[]string{"x/manifest.csv=path,label,split\nphotos/1.jpg,a,test\n../x/../../x/photos/1.jpg,b,train\n", "x/photos/1.jpg"},
			[]string{"test a x/photos/1.jpg", "train b x/x/photos/1.jpg"},
		},
		"flat with a manifest": {
			[]string{`x/manifest.jsonl={"path":"1.jpg","label":"a"}`, "x/1.jpg"},
			[]string{"a x/1.jpg"},
		},
		"one class": {[]string{"x/1.jpg"}, []string{"x x/1.jpg"}},
		"names that lead out": {
			[]string{"../../cats/1.jpg", "/dogs/2.jpg", `dogs\..\dogs\3.jpg`, "cats/./../../../cats/4.jpg", ".."},
			[]string{"cats cats/1.jpg", "cats cats/4.jpg", "dogs dogs/2.jpg", "dogs dogs/3.jpg"},
		},
		"the same name twice": {[]string{"a/1.jpg=first", "a/1.jpg=second", "b/2.jpg"}, []string{"a a/1.jpg", "b b/2.jpg"}},
		"odd names": {
			[]string{"caf\xe9/a#b.jpg", "two\nlines/\xff.jpg"},
			[]string{"caf\xe9 caf\xe9/a#b.jpg", "two\nlines two\nlines/\xff.jpg"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			file := zipped(t, c.entries...)
			d, err := Scan(t.Context(), file)
			if err != nil {
				t.Fatal(err)
			}
			wantLines(t, listZip(t, d, file), c.want...)
		})
	}
}

func TestUnlabelledZipFile(t *testing.T) {
	file := zipped(t, "b.jpg", "sub/a.jpg", "manifest.csv=path\nb.jpg\n")
	d, err := ScanUnlabelled(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	wantLines(t, listZip(t, d, file), "b.jpg", "manifest.csv", "sub/a.jpg")
}

func TestEntriesAreReadWhereTheyLie(t *testing.T) {
	entries := []string{}
	for i := range 50 {
		entries = append(entries, fmt.Sprintf("c%d/%d.jpg=%s", i%2, i, strings.Repeat(fmt.Sprint(i, " "), 5000)))
	}
	d, err := Scan(t.Context(), zipped(t, entries...))
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			var buf []byte
			for _, s := range d.Samples {
				var err error
				number := strings.TrimSuffix(s.Path[strings.LastIndexByte(s.Path, '/')+1:], ".jpg")
				if buf, err = s.Read(buf, 1<<20); err != nil || string(buf) != strings.Repeat(number+" ", 5000) {
					t.Errorf("%s: %d bytes, %v", s.Path, len(buf), err)
				}
			}
		})
	}
	wait.Wait()
	id, err := d.Samples[1].ID()
	if err != nil || !filepath.IsAbs(id.Path) || !strings.HasSuffix(id.Path, "#c0/10.jpg") || id.Size == 0 || id.ModTime == 0 {
		t.Errorf("id %+v, %v", id, err)
	}
}

func TestAZipBombIsHeldByTheLimit(t *testing.T) {
	d, err := Scan(t.Context(), zipped(t, "a/bomb.jpg="+strings.Repeat("\x00", 10<<20), "b/1.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	data, err := d.Samples[0].Read(nil, 1000)
	if err == nil || !strings.Contains(err.Error(), "bomb.jpg: unpacked it is over the limit of 1000 bytes") {
		t.Errorf("error %v", err)
	}
	if cap(data) > 1<<16 {
		t.Errorf("%d bytes of memory", cap(data))
	}
}

// patch changes bytes of a zip file, wherever they occur.
func patch(t *testing.T, path string, old, changed []byte) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(content, old) {
		t.Fatalf("%q is not in the file", old)
	}
	if err := os.WriteFile(path, bytes.ReplaceAll(content, old, changed), 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsWrongWithAnEntryIsSaid(t *testing.T) {
	encrypted := zipped(t, "a/1.jpg", "b/2.jpg")
	patch(t, encrypted, []byte("PK\x01\x02\x14\x00\x14\x00\x08\x00"), []byte("PK\x01\x02\x14\x00\x14\x00\x09\x00"))
	lzma := zipped(t, "a/1.jpg", "b/2.jpg")
	patch(t, lzma, []byte("PK\x01\x02\x14\x00\x14\x00\x08\x00\x08"), []byte("PK\x01\x02\x14\x00\x14\x00\x08\x00\x0e"))
	damaged := zipped(t, "a/1.jpg", "b/2.jpg")
	content, err := os.ReadFile(damaged)
	if err != nil {
		t.Fatal(err)
	}
	content[30+len("a/1.jpg")+8] ^= 0xff // in the packed bytes of the first entry
	if err := os.WriteFile(damaged, content, 0o666); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{encrypted: "it is encrypted", lzma: "#a/1.jpg: it is packed in another way than deflate", damaged: "#a/1.jpg"} {
		d, err := Scan(t.Context(), file)
		if err != nil {
			t.Fatal(err)
		}
		if data, err := d.Samples[0].Read(nil, 100); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("read %q, %v; want %q", data, err, want)
		}
	}
	none := filepath.Join(t.TempDir(), "no.zip")
	if err := os.WriteFile(none, []byte("no zip file"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Scan(t.Context(), none); err == nil || err.Error() != "cannot read "+none+": zip: not a valid zip file" {
		t.Errorf("error %v", err)
	}
}

// FuzzZipNames holds that no name of an entry leads out of the zip file, or
// makes an entry that cannot be read again under the path it was given.
func FuzzZipNames(f *testing.F) {
	for _, name := range []string{"a/b.jpg", "../a", "/a/b", `..\..\a`, "a//b/", "a/./b", "", ".", "..", "a/..", "C:\\a\\b", "a#b/c", "\xff/\n"} {
		f.Add(name, "a/b")
	}
	file := filepath.Join(f.TempDir(), "x.zip")
	f.Fuzz(func(t *testing.T, first, second string) {
		if len(first)+len(second) > 1<<12 {
			return
		}
		var content bytes.Buffer
		w := zip.NewWriter(&content)
		for _, name := range []string{first, second} {
			if _, err := w.Create(name); err != nil {
				return
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, content.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
		d, err := ScanUnlabelled(t.Context(), file)
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for _, s := range d.Samples {
			name := strings.TrimPrefix(s.Path, file+"#")
			if !filepath.IsLocal(name) || strings.Contains(name, `\`) || seen[name] {
				t.Errorf("%q and %q make the entry %q", first, second, name)
			}
			seen[name] = true
			if _, err := s.Read(nil, 100); err != nil {
				t.Errorf("%q: %v", name, err)
			}
		}
	})
}
