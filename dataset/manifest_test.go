package dataset

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// manifest writes a manifest beside a folder of images and returns its path.
func manifest(t *testing.T, name, content string, files ...string) string {
	t.Helper()
	path := filepath.Join(tree(t, files...), name)
	if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

const someDigits = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"

func TestManifests(t *testing.T) {
	for name, c := range map[string]struct{ name, content string }{
		"CSV":             {"m.csv", "path,label,split,group\nx/1.jpg,a,train,g\n\"x/2.jpg\",b,Validation,\n"},
		"other order":     {"m.CSV", "\ufeffgroup, label,split,path\r\ng,a,TRAIN,./x/1.jpg\r\n\r\n,b,val,x/../x/2.jpg\r\n"},
		"JSON Lines":      {"m.jsonl", `{"path":"x/1.jpg","label":"a","split":"train","group":"g"}` + "\n\n" + `{"label":"b","split":"valid","path":"x\/2.jpg"}`},
		"empty columns":   {"m.csv", "path,label,split,group,,\nx/1.jpg,a,train,g,,\nx/2.jpg,b,val,,,\n"},
		"with line feeds": {"m.ndjson", "\ufeff" + `{"path":"x/1.jpg","label":"a","split":"training","group":"g"}` + "\r\n" + `{"label":"b","split":"val","path":"x/2.jpg"}` + "\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			path := manifest(t, c.name, c.content, "x/1.jpg", "x/2.jpg")
			d, err := Scan(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			wantLines(t, list(t, d, filepath.Dir(path)), "train a x/1.jpg", "val b x/2.jpg")
			if d.Samples[0].Group != "g" || d.Samples[1].Group != "" || !d.Samples[0].Explicit {
				t.Errorf("samples %+v", d.Samples)
			}
			if data, err := d.Samples[1].Read(nil, 100); err != nil || string(data) != "x/2.jpg" {
				t.Errorf("read %q, %v", data, err)
			}
		})
	}
}

func TestManifestsMayGiveWeights(t *testing.T) {
	for name, content := range map[string]string{
		"m.csv":   "path,weight,label\n1.jpg, 0.25 ,a\n2.jpg,,a\n3.jpg,0,a\n4.jpg,2e1,a\n5.jpg,0.1,a\n",
		"m.jsonl": `{"path":"1.jpg","label":"a","weight":0.25}` + "\n" + `{"path":"2.jpg","label":"a","weight":null}` + "\n" + `{"path":"3.jpg","label":"a","weight":0}` + "\n" + `{"path":"4.jpg","label":"a","weight":2E+1}` + "\n" + `{"path":"5.jpg","label":"a","weight":0.1}`,
	} {
		path := manifest(t, name, content, "1.jpg", "2.jpg", "3.jpg", "4.jpg", "5.jpg")
		d, err := Scan(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		again := rewrite(t, filepath.Join(filepath.Dir(path), "again.jsonl"), d.Samples, digests(t, d.Samples))
		for _, samples := range [][]Sample{d.Samples, again} {
			var weights []float64 // -1 for none
			for _, s := range samples {
				if s.Weight == nil {
					s.Weight = new(-1.0)
				}
				weights = append(weights, *s.Weight)
			}
			if !slices.Equal(weights, []float64{0.25, -1, 0, 20, 0.1}) || len(d.Notes) > 0 {
				t.Errorf("%s: weights %v, notes %q", name, weights, d.Notes)
			}
		}
	}
}

func TestWhatIsWrongInAManifestIsNamed(t *testing.T) {
	for name, c := range map[string]struct{ name, content, want string }{
		"empty":           {"m.csv", "", "line 1: no header line"},
		"no path":         {"m.csv", "file,label\n1.jpg,a\n", `line 1: the header has no column named path or sha256, only ["file" "label"]`},
		"column twice":    {"m.csv", "path,label,label\n", `line 1: the header has the column "label" twice`},
		"fields":          {"m.csv", "path,label\n1.jpg,a\n2.jpg\n", `line 3: 1 value where the first line has 2 (separated by ",")`},
		"quote":           {"m.csv", "path,label\n\"1.jpg,a\n", "line 2: a quote \" that begins a value is not closed"},
		"label":           {"m.csv", "path,label\n\"1\n.jpg\",a\n2.jpg,\n", "line 4: no label"},
		"no label column": {"m.csv", "path\n1.jpg\n", "line 2: no label"},
		"split":           {"m.csv", "path,label,split\n1.jpg,a,holdout\n", `line 2: the split "holdout" is not train, val or test`},
		"neither":         {"m.csv", "path,label\n,a\n", "line 2: neither a path nor a sha256"},
		"digits":          {"m.csv", "sha256,label\n00ff,a\n", `line 2: the sha256 "00ff" is not 64 hexadecimal digits`},
		"long digits":     {"m.csv", "sha256,label\n" + someDigits + "00,a\n", "is not 64 hexadecimal digits"},
		"some splits":     {"m.csv", "path,label,split\n1.jpg,a,test\n2.jpg,a,\n", "some images have a split and some have none"},
		"not JSON":        {"m.jsonl", "{\"path\":\"1.jpg\",\"label\":\"a\"}\npath\n", `line 2: "path" is not a JSON object`},
		"cut short":       {"m.jsonl", "\n{\"path\":\"1.jpg\",", "line 2: it is not one JSON object: unexpected end of JSON input"},
		"weight":          {"m.csv", "path,label,weight\n1.jpg,a,1\n2.jpg,a,-0.5\n", "line 3: the weight -0.5 is not a number, 0 or more"},
		"endless weight":  {"m.csv", "path,label,weight\n1.jpg,a,1e300\n", "line 2: the weight 1e300 is not a number"},
		"weight in words": {"m.jsonl", `{"path":"1.jpg","label":"a","weight":"2"}`, `line 1: the weight "2" is not a number`},
		"no weight":       {"m.jsonl", "{\"path\":\"1.jpg\",\"label\":\"a\"}\n{\"path\":\"1.jpg\",\"label\":\"a\",\"weight\":[1]}", "line 2: the weight [1] is not a number"},
		"NaN":             {"m.csv", "path,label,weight\n1.jpg,a,NaN\n", "line 2: the weight NaN is not a number"},
		"number":          {"m.jsonl", `{"path":"1.jpg","label":7.5}`, "line 1: the label 7.5 is neither text nor a whole number"},
		"path a number":   {"m.jsonl", `{"path":7,"label":"a"}`, "line 1: the path 7 is not text"},
		"list of labels":  {"m.jsonl", `{"path":"1.jpg","label":["` + strings.Repeat("a", 1000) + `"]}`, `line 1: the label ["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa… is neither`},
		"bare quote":      {"m.csv", "path,label\n6\" nails.jpg,a\n", "line 2: a quote \" within a value"},
		"space behind":    {"m.csv", "path,label\n\"1.jpg\" ,a\n", "line 2: a quote \" that begins a value is not closed, or the closing one is followed by text or a space instead of \",\""},
		"separators":      {"m.csv", "path,label\n1.jpg;a\n", `line 2: 1 value where the first line has 2 (separated by ",")`},
		"thousands":       {"m.csv", "path;label;weight\n1.jpg;a;1,500\n", "line 2: the weight 1,500 is not a number"},
		"Latin-1 label":   {"m.csv", "path,label\n1.jpg,a\n2.jpg,caf\xe9\n", `line 3: the label "caf\xe9" is not UTF-8: save the file as CSV UTF-8`},
		"Latin-1 path":    {"m.csv", "path,label\ncaf\xe9.jpg,a\n", `line 2: the path "caf\xe9.jpg" is not UTF-8: save`},
		"Latin-1 JSON":    {"m.jsonl", "{\"path\":\"1.jpg\",\"label\":\"caf\xe9\"}", "line 1: the text is not UTF-8"},
		"other computer":  {"m.csv", "path,label\nC:\\pets\\1.jpg,a\n", `line 2: the path "C:\\pets\\1.jpg" is an absolute Windows path: write paths relative`},
		"with slashes":    {"m.csv", "path,label\nC:/pets/1.jpg,a\n", `line 2: the path "C:/pets/1.jpg" is an absolute Windows path`},
		"a server":        {"m.jsonl", `{"path":"\\\\nas\\pets\\1.jpg","label":"a"}`, "is an absolute Windows path"},
		"a URL":           {"m.csv", "path,label\ngs://pets/1.jpg,a\n", `line 2: the path "gs://pets/1.jpg" is a URL: download the images`},
		"other label":     {"m.csv", "path,choice\n1.jpg,a\n", `line 2: no label (columns of unknown meaning: ["choice"])`},
		"other path":      {"m.jsonl", `{"file_name":"1.jpg","label":"a"}`, `line 1: neither a path nor a sha256 (columns of unknown meaning: ["file_name"])`},
		"workbook":        {"m.csv", "PK\x03\x04\x14", "a workbook or zip file and not text: save the sheet as CSV UTF-8"},
		"long record":     {"m.csv", "path,label\n1.jpg,a\n\"" + strings.Repeat("x\n", maxLine), "line 3: it is longer than 1048576 bytes"},
		"no line feed":    {"m.csv", strings.Repeat("x", maxLine+1), "line 1: it is longer than 1048576 bytes"},
		"long line":       {"m.jsonl", "{}" + strings.Repeat(" ", maxLine), "line 1: it is longer than 1048576 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			path := manifest(t, c.name, c.content)
			_, err := Scan(t.Context(), path)
			if err == nil || !strings.HasPrefix(err.Error(), "cannot read "+path+": ") || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
	inside := zipped(t, "manifest.csv=path\n1.jpg\n", "1.jpg")
	if _, err := Scan(t.Context(), inside); err == nil || err.Error() != "cannot read "+inside+": manifest.csv: line 2: no label" {
		t.Errorf("error %v", err)
	}
	path := manifest(t, "m.csv", "path,label\n")
	if _, err := Scan(t.Context(), path); !errors.Is(err, ErrEmpty) {
		t.Errorf("error %v", err)
	}
}

func TestColumnsThatMeanNothingAreNoted(t *testing.T) {
	for name, content := range map[string]string{
		"m.csv":   "path,label,spilt,width\n1.jpg,a,test,3\n",
		"m.jsonl": `{"width":3,"path":"1.jpg","label":"a","spilt":"test"}`,
	} {
		path := manifest(t, name, content)
		d, err := Scan(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		wantLines(t, d.Notes, path+`: ignored columns of unknown meaning: ["spilt" "width"]`)
	}
}

func TestManifestsMayGiveDigests(t *testing.T) {
	path := manifest(t, "m.csv", "sha256,label,path\n"+strings.ToUpper(someDigits)+",a,\n"+someDigits+",b,hello\n"+someDigits+",b,other\n", "other")
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), "hello"), []byte("hello"), 0o666); err != nil {
		t.Fatal(err)
	}
	d, err := Scan(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range d.Samples {
		if hex.EncodeToString(s.SHA256[:]) != someDigits {
			t.Errorf("sample %d has SHA-256 %x", i, s.SHA256)
		}
	}
	absent, right, wrong := d.Samples[0], d.Samples[1], d.Samples[2]
	if absent.Path != "sha256:"+someDigits {
		t.Errorf("path %s", absent.Path)
	}
	if _, err := absent.Read(nil, 100); err == nil || !strings.Contains(err.Error(), someDigits+": the manifest gives no path to read it from") {
		t.Errorf("error %v", err)
	}
	if _, err := absent.ID(); err == nil {
		t.Error("what has no path has an ID")
	}
	if data, err := right.Read(nil, 100); err != nil || string(data) != "hello" {
		t.Errorf("read %q, %v", data, err)
	}
	if _, err := wrong.Read(nil, 100); err == nil || !strings.Contains(err.Error(), "other: its SHA-256 is ") {
		t.Errorf("error %v", err)
	}
}

func TestUnlabelledManifest(t *testing.T) {
	path := manifest(t, "m.csv", "path\nx/1.jpg\n", "x/1.jpg")
	d, err := ScanUnlabelled(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	wantLines(t, list(t, d, filepath.Dir(path)), "x/1.jpg")
}

// oddNames are names that a disk may hold and text formats do not like.
var oddNames = []string{
	"two\nlines.jpg", "a\r\nb.jpg", "tab\t.jpg", "\xff\xfe.jpg", "caf\xe9.jpg", `"quoted".jpg`, "comma,.jpg",
	`back\slash.jpg`, "hash#tag.jpg", " space .jpg", "é.jpg", "\xed\xb2\x80.jpg", "end\r", "a.zip#b.jpg", "<&>.jpg",
}

func TestOddNamesComeThroughUnharmed(t *testing.T) {
	var files []string
	for i, name := range oddNames {
		files = append(files, oddNames[(i+1)%len(oddNames)]+" class/"+name)
	}
	root := tree(t, files...)
	want, err := Scan(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	if len(want.Samples) != len(oddNames) {
		t.Fatalf("%d samples of %d", len(want.Samples), len(oddNames))
	}
	for i := range want.Samples {
		want.Samples[i].Split = []Split{Train, Val, Test}[i%3]
		want.Samples[i].Group = oddNames[i]
	}
	keys := digests(t, want.Samples)
	path := filepath.Join(root, "manifests", "m.jsonl")
	if err := os.Mkdir(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	got := rewrite(t, path, want.Samples, keys)
	for i, s := range want.Samples {
		g := got[i]
		if g.Path != s.Path || g.Label != s.Label || g.Split != s.Split || g.Group != s.Group || g.SHA256 != keys[i] {
			t.Errorf("%+v becomes %+v", s, g)
		}
		if data, err := g.Read(nil, 1000); err != nil || sha256.Sum256(data) != keys[i] {
			t.Errorf("%q: %v", g.Path, err)
		}
	}
}

func TestOddNamesInCSV(t *testing.T) {
	var content strings.Builder
	content.WriteString("path,label\r\n")
	quote := func(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
	names := slices.Clone(oddNames)
	names[slices.Index(names, "a\r\nb.jpg")] = "a\nb.jpg" // Windows' line break is one
	for _, name := range names {
		content.WriteString(quote(name) + "," + quote(name) + "\r\n")
	}
	path := manifest(t, "m.csv", content.String(), names...)
	d, err := Scan(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range d.Samples {
		if s.Label != strings.TrimSpace(names[i]) {
			t.Errorf("label %q becomes %q", names[i], s.Label)
		}
		if data, err := s.Read(nil, 100); err != nil || string(data) != names[i] {
			t.Errorf("%q: %q, %v", oddNames[i], data, err)
		}
	}
}

// digests reads samples.
func digests(t *testing.T, samples []Sample) (keys [][32]byte) {
	t.Helper()
	for _, s := range samples {
		data, err := s.Read(nil, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, sha256.Sum256(data))
	}
	return keys
}

// rewrite writes a manifest and reads it back.
func rewrite(t *testing.T, path string, samples []Sample, keys [][32]byte) []Sample {
	t.Helper()
	var text bytes.Buffer
	if err := WriteManifest(&text, filepath.Dir(path), samples, keys); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	d, err := Scan(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	return d.Samples
}

func TestAManifestNamesWhatLiesInContainers(t *testing.T) {
	root := t.TempDir()
	t.Chdir(root)
	writeIDX(t, "train-images-idx3-ubyte.gz", []byte("abcdef"), 3, 1, 2)
	writeIDX(t, "train-labels-idx1-ubyte.gz", []byte{7, 0, 7}, 3)
	file := zipped(t, "train/a/1.jpg", "train/b#/2.jpg")
	d, err := Scan(t.Context(), "train-images-idx3-ubyte.gz", file, manifest(t, "m.csv", "sha256,label,split\n"+someDigits+",a,test\n"))
	if err != nil {
		t.Fatal(err)
	}
	known := d.Samples[:len(d.Samples)-1]
	keys := append(digests(t, known), d.Samples[len(known)].SHA256)
	if err := os.Mkdir("sub", 0o777); err != nil {
		t.Fatal(err)
	}
	got := rewrite(t, filepath.Join("sub", "m.jsonl"), d.Samples, keys)
	if !slices.EqualFunc(digests(t, got[:len(known)]), keys[:len(known)], func(a, b [32]byte) bool { return a == b }) {
		t.Error("other bytes")
	}
	for i, s := range d.Samples {
		before, _ := s.ID()
		after, _ := got[i].ID()
		if after != before || got[i].Label != s.Label || got[i].Split != s.Split {
			t.Errorf("%+v becomes %+v", s, got[i])
		}
	}
	_, err = Scan(t.Context(), manifest(t, "m.jsonl", `{"path":"`+filepath.ToSlash(file)+`#train/none.jpg","label":"a"}`))
	if err != nil {
		t.Error(err) // it is an image that cannot be read, as a missing file is
	}
}

func TestADamagedContainerIsNamed(t *testing.T) {
	path := manifest(t, "m.csv", "path,label\nphotos.zip#1.jpg,a\n", "photos.zip")
	_, err := Scan(t.Context(), path)
	want := "cannot read " + path + ": line 2: " + filepath.Join(filepath.Dir(path), "photos.zip") + ": zip: not a valid zip file"
	if err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

func FuzzManifest(f *testing.F) {
	for _, text := range []string{
		"path,label,split,group,weight\n1.jpg,a,train,g,2\n", "sha256,label\n" + someDigits + ",a\n", "path,label\n\"a\r\nb\",\"\"\"\"\n", "path\n", "\ufeffpath,label\n\n1,2\n",
		`{"path":"1.jpg","label":"a","split":"val","group":"g","weight":0.5}`, `{"sha256":"` + someDigits + `","label":"\udcff"}`, "{}\n[]", "null",
		"sep=;\r\npath;label;weight\r\n a\\b.jpg ;b;0,5\r\n", "path\tlabel\r1\t2\r", "\xff\xfep\x00a\x00t\x00h\x00\r\x00\n\x00\xe9\x00", "p\x00a\x00", `{"path":"C:\\a","label":7}` + "\r{}",
		"path,label\ncaf\xe9.jpg,\xe9\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, reader := range []manifestReader{newCSVReader(bytes.NewReader(text)), newJSONReader(bytes.NewReader(text))} {
			for last := 0; ; {
				l, number, err := reader.next()
				if err != nil && len(err.Error()) > 2000 {
					t.Errorf("an error of %d bytes", len(err.Error()))
				}
				if err == nil && number <= last {
					t.Errorf("line %d comes after line %d", number, last)
				}
				last = number
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					if number < 1 {
						t.Errorf("%v is at line %d", err, number)
					}
					break
				}
				s, err := l.sample(locate{func(path string) (Sample, error) { return Sample{Path: path}, nil }, func(path string) bool { return len(path)%3 == 0 }})
				if err == nil && s.Path == "" {
					t.Errorf("%+v makes a sample of no path", l)
				}
			}
		}
	})
}
