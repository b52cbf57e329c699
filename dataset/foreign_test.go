package dataset

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unicode/utf16"
)

// wide returns text in UTF-16 with a byte order mark, as Excel's Unicode text and
// PowerShell write it.
func wide(text string) string {
	out := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune(text)) {
		out = append(out, byte(unit), byte(unit>>8))
	}
	return string(out)
}

func TestManifestsOfOtherPrograms(t *testing.T) {
	const lines = "path,label,split\npets/é/1.jpg,é,train\npets/b 2.jpg,dog,test\n"
	with := func(old, new string) string { return strings.ReplaceAll(lines, old, new) }
	for name, c := range map[string]struct{ name, content string }{
		"semicolons":          {"m.csv", with(",", ";")},
		"sep=":                {"m.csv", "sep=;\r\n" + with(",", ";")},
		"tabs":                {"m.csv", with(",", "\t")},
		"TSV":                 {"m.tsv", with(",", "\t")},
		"Unicode text":        {"m.csv", wide(strings.NewReplacer(",", "\t", "\n", "\r\n").Replace(lines))},
		"UTF-16, JSON":        {"m.jsonl", wide(`{"path":"pets/é/1.jpg","label":"é","split":"train"}` + "\r\n" + `{"path":"pets/b 2.jpg","label":"dog","split":"test"}` + "\r\n")},
		"old Macintosh":       {"m.csv", with("\n", "\r")},
		"old Macintosh, JSON": {"m.jsonl", `{"path":"pets/é/1.jpg","label":"é","split":"train"}` + "\r" + `{"path":"pets/b 2.jpg","label":"dog","split":" test "}`},
		"header in capitals":  {"m.csv", with("path,label,split", "Path,LABEL,Split")},
		"spaces":              {"m.csv", with(",", " , ")},
		"spaces and quotes":   {"m.csv", "path, label, split\n\"pets/é/1.jpg\", \"é\", \"train\"\n\"pets/b 2.jpg\", \" dog \", test\n"},
		"backslashes":         {"m.csv", with("/", `\`)},
		"backslashes, JSON":   {"m.jsonl", `{"path":"pets\\é\\1.jpg","label":"é","split":"train"}` + "\n" + `{"path":".\\pets\\b 2.jpg","label":"dog","split":"test"}`},
		"Latin-1":             {"m.csv", with("é", "\xe9")},
		"emptied rows":        {"m.csv", lines + ",,\n,,\n"},
	} {
		t.Run(name, func(t *testing.T) {
			path := manifest(t, c.name, c.content, "pets/é/1.jpg", "pets/b 2.jpg")
			d, err := Scan(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			wantLines(t, list(t, d, filepath.Dir(path)), "train é pets/é/1.jpg", "test dog pets/b 2.jpg")
			wantLines(t, d.Notes)
			for _, s := range d.Samples {
				if data, err := s.Read(nil, 100); err != nil || !strings.HasPrefix(string(data), "pets/") {
					t.Errorf("%q, %v", data, err)
				}
			}
		})
	}
}

func TestWholeNumbersAreLabelsAndGroups(t *testing.T) {
	path := manifest(t, "m.jsonl", `{"path":"1.jpg","label":7,"group":12}`+"\n"+`{"path":"2.jpg","label":"7","group":null}`+"\n"+`{"path":"3.jpg","label":-1}`)
	d, err := Scan(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	wantLines(t, list(t, d, filepath.Dir(path)), "7 1.jpg", "7 2.jpg", "-1 3.jpg")
	if d.Samples[0].Group != "12" || d.Samples[1].Group != "" {
		t.Errorf("groups %+v", d.Samples)
	}
}

func TestNamesWithBackslashesAndSpacesAreFilesToo(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a backslash is a separator there")
	}
	path := manifest(t, "m.csv", "path,label\na\\b.jpg,x\n 1.jpg,x\ngone\\2.jpg,x\n", `a\b.jpg`, "a/b.jpg", " 1.jpg", "1.jpg")
	d, err := Scan(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	wantLines(t, list(t, d, filepath.Dir(path)), `x a\b.jpg`, "x  1.jpg", `x gone\2.jpg`)
}

func TestPathsMayBeInAnotherUnicodeForm(t *testing.T) {
	path := manifest(t, "m.csv", "path,label\n"+composed+"/1.jpg,x\n"+composed+"/gone.jpg,x\n", decomposed+"/1.jpg")
	d, err := Scan(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	wantLines(t, list(t, d, filepath.Dir(path)), "x "+decomposed+"/1.jpg", "x "+composed+"/gone.jpg")
}

func TestManifestsInZipFilesMayHaveBackslashes(t *testing.T) {
	file := zipped(t, "x/manifest.csv=path;label\r\npets\\1.jpg;a\r\n 2.jpg ;b\r\n", "x/pets/1.jpg", "x/2.jpg")
	d, err := Scan(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	wantLines(t, listZip(t, d, file), "a x/pets/1.jpg", "b x/2.jpg")
	outside := manifest(t, "m.csv", "path,label\n"+filepath.Base(file)+`#x\pets\1.jpg,a`+"\n")
	if err := os.Rename(file, filepath.Join(filepath.Dir(outside), filepath.Base(file))); err != nil {
		t.Fatal(err)
	}
	if d, err = Scan(t.Context(), outside); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Samples[0].Read(nil, 100); err != nil {
		t.Error(err)
	}
}

func TestListsOfWindows(t *testing.T) {
	has := func(path string) bool { return path == "end\r" }
	for list, want := range map[string][]string{
		"a.jpg\r\nb c.jpg\r\n":     {"a.jpg", "b c.jpg"},
		"a.jpg\r\n\r\nb c.jpg":     {"a.jpg", "b c.jpg"},
		"\ufeffa.jpg\nb.jpg":       {"a.jpg", "b.jpg"},
		"\ufeffa.jpg\r\n":          {"a.jpg"},
		wide("é.jpg\r\nb.jpg\r\n"): {"é.jpg", "b.jpg"},
		"\xff\xfe.jpg\na.jpg\n":    {"\xff\xfe.jpg", "a.jpg"},
		"a\r\nb\n":                 {"a", "b"}, // two lists, one after the other
		"a\r\r\nb\r\r\n":           {"a", "b"},
		"end\r\nb\r\n":             {"end\r", "b"}, // the first is there
	} {
		paths, err := splitList([]byte(list), false, has)
		if err != nil {
			t.Errorf("%q: %v", list, err)
		}
		wantLines(t, paths, want...)
	}
	paths, err := splitList([]byte("\ufeffa\r\x00b\x00"), true, has)
	if err != nil {
		t.Error(err)
	}
	wantLines(t, paths, "\ufeffa\r", "b")
}

// Both look the same. The first is one character, the second two.
const composed, decomposed = "caf\u00e9", "cafe\u0301"

func TestUnicodeFormsOfANameAreOneClass(t *testing.T) {
	same := ": the first is"
	for name, scan := range map[string]func(t *testing.T) string{
		"folders": func(t *testing.T) string { return tree(t, composed+"/1.jpg", decomposed+"/2.jpg", "b/3.jpg") },
		"splits": func(t *testing.T) string {
			return tree(t, "train/"+composed+"/1.jpg", "train/b/2.jpg", "test/"+decomposed+"/2.jpg")
		},
		"zip": func(t *testing.T) string { return zipped(t, composed+"/1.jpg", decomposed+"/2.jpg", "b/3.jpg") },
		"manifest": func(t *testing.T) string {
			return manifest(t, "m.csv", "path,label\n"+composed+".jpg,"+decomposed+"\n"+decomposed+".jpg,"+composed+"\nb.jpg,b\n", composed+".jpg", decomposed+".jpg", "b.jpg")
		},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := Scan(t.Context(), scan(t))
			if err != nil {
				t.Fatal(err)
			}
			wantLines(t, Classes(d.Samples), "b", composed)
			if len(d.Notes) != 1 || !strings.Contains(d.Notes[0], `the class "`+composed+`" is written in two Unicode forms`) || strings.Contains(d.Notes[0], same) {
				t.Errorf("notes %q", d.Notes)
			}
			for _, s := range d.Samples {
				if _, err := s.Read(nil, 100); err != nil { // by its own bytes
					t.Error(err)
				}
			}
		})
	}
	d, err := Scan(t.Context(), tree(t, decomposed+"/1.jpg", "b/2.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	if wantLines(t, Classes(d.Samples), "b", composed); len(d.Notes) != 1 || !strings.Contains(d.Notes[0], `the class "`+composed+`" is written in Unicode's NFD`) {
		t.Errorf("notes %q", d.Notes)
	}
	d, err = Scan(t.Context(), tree(t, composed+"/1.jpg", "b/2.jpg"), tree(t, decomposed+"/1.jpg", "b/2.jpg"), tree(t, "\u00fc/1.jpg", "u\u0308/2.jpg", "b\xff/2.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	wantLines(t, Classes(d.Samples), "b", "b\xff", composed, "\u00fc")
	if len(d.Notes) != 1 || !strings.Contains(d.Notes[0], "2 classes are written in two Unicode forms") {
		t.Errorf("notes %q", d.Notes)
	}
	if FindClass([]string{"a", decomposed}, composed) != 1 || FindClass([]string{"a"}, composed) != -1 || FindClass([]string{composed, decomposed}, decomposed) != 1 {
		t.Error("a class is not found by its other form")
	}
}

func TestAFolderAroundAllClasses(t *testing.T) {
	for name, c := range map[string]struct {
		files, want []string
		depth       int
		note        bool
	}{
		"classes":           {files: []string{"pets/cats/1.jpg", "pets/dogs/2.jpg", "licence.txt"}, want: []string{"cats pets/cats/1.jpg", "dogs pets/dogs/2.jpg"}, note: true},
		"twice":             {files: []string{"a/pets/cats/1.jpg", "a/pets/dogs/2.jpg", "a/readme.md"}, want: []string{"cats a/pets/cats/1.jpg", "dogs a/pets/dogs/2.jpg"}, note: true},
		"splits":            {files: []string{"pets/train/cats/1.jpg", "pets/train/dogs/2.jpg", "pets/test/cats/3.jpg"}, want: []string{"test cats pets/test/cats/3.jpg", "train cats pets/train/cats/1.jpg", "train dogs pets/train/dogs/2.jpg"}, note: true},
		"a class":           {files: []string{"cats/1.jpg"}, want: []string{"cats cats/1.jpg"}},
		"a class of one":    {files: []string{"cats/2024/1.jpg"}, want: []string{"cats cats/2024/1.jpg"}},
		"a class of images": {files: []string{"cats/a/1.jpg", "cats/b/2.jpg", "cats/3.JPG"}, want: []string{"cats cats/3.JPG", "cats cats/a/1.jpg", "cats cats/b/2.jpg"}},
		"one split":         {files: []string{"train/cats/1.jpg", "train/dogs/2.jpg"}, want: []string{"train cats train/cats/1.jpg", "train dogs train/dogs/2.jpg"}},
		"deep classes":      {files: []string{"animals/cats/1.jpg", "animals/dogs/2.jpg"}, depth: 2, want: []string{"animals/cats animals/cats/1.jpg", "animals/dogs animals/dogs/2.jpg"}},
		"around deep ones":  {files: []string{"x/animals/cats/1.jpg", "x/animals/dogs/2.jpg"}, depth: 2, want: []string{"animals/cats x/animals/cats/1.jpg", "animals/dogs x/animals/dogs/2.jpg"}, note: true},
	} {
		t.Run(name, func(t *testing.T) {
			root := tree(t, c.files...)
			d, err := Scanner{ClassDepth: c.depth}.Scan(t.Context(), root)
			if err != nil {
				t.Fatal(err)
			}
			wantLines(t, list(t, d, root), c.want...)
			if noted := strings.Contains(strings.Join(d.Notes, "\n"), " is the only folder in "+root); noted != c.note {
				t.Errorf("notes %q", d.Notes)
			}
			file := zipped(t, c.files...)
			if name == "a class of one" { // in a zip file, the folder around
				return
			}
			if d, err = (Scanner{ClassDepth: c.depth}).Scan(t.Context(), file); err != nil {
				t.Fatal(err)
			}
			wantLines(t, listZip(t, d, file), c.want...)
		})
	}
}
