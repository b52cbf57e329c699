package dataset

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// link makes symbolic links below root, given as NAME → TARGET.
func link(t *testing.T, root string, links ...string) {
	t.Helper()
	for _, l := range links {
		name, target, _ := strings.Cut(l, " → ")
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Skipf("no symbolic links: %v", err)
		}
	}
}

func TestLinksAreFollowedOnceAndNeverInCircles(t *testing.T) {
	root := tree(t, "data/a/1.jpg", "data/z/3.jpg", "data/.pool/4.jpg", "elsewhere/2.jpg", "elsewhere/below/5.jpg")
	data := filepath.Join(root, "data")
	link(t, data, "a/circle → ..", "a/none → nowhere", "b → ../elsewhere", "a/same.jpg → 1.jpg",
		"a/under its own name → ../z", "c → ../elsewhere/below", "d → .pool", "z/self → self")
	link(t, root, "elsewhere/back → ../data/a", "elsewhere/above → ..")
	d, err := Scan(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	// Below b lies above, the folder of everything, whose data was entered.
	wantLines(t, list(t, d, data), "a a/1.jpg", "a a/same.jpg", "b b/2.jpg", "b b/below/5.jpg", "d d/4.jpg", "z z/3.jpg")
	in := func(name string) string { return filepath.Join(data, name) }
	for _, note := range []string{
		in("a/circle") + " is the same folder as " + data + " and is not read twice",
		in("a/under its own name") + " is the same folder as " + in("z") + " and is not read twice",
		in("c") + " is the same folder as " + in("b/below") + " and is not read twice",
		data + `: skipped broken links: 2, the first is "` + in("a/none") + `"`,
	} {
		if !slices.Contains(d.Notes, note) {
			t.Errorf("no note %q in\n%s", note, strings.Join(d.Notes, "\n"))
		}
	}
}

func TestALinkMayBeTheRoot(t *testing.T) {
	root := tree(t, "data/a/1.jpg", "data/b/2.jpg")
	link(t, root, "link → data")
	for _, path := range []string{"link", "link/", "./link"} {
		d, err := Scan(t.Context(), root+"/"+path)
		if err != nil {
			t.Fatal(err)
		}
		wantLines(t, list(t, d, root), "a link/a/1.jpg", "b link/b/2.jpg")
	}
}

func TestAnUnreadableFolderIsASampleThatCannotBeRead(t *testing.T) {
	root := tree(t, "a/1.jpg", "b/2.jpg")
	// No system opens a path this long, not even for its administrator.
	folder, err := os.OpenRoot(filepath.Join(root, "a"))
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("x", 200)
	for range 25 {
		if err := folder.Mkdir(long, 0o777); err != nil {
			t.Skipf("no long paths: %v", err)
		}
		below, err := folder.OpenRoot(long)
		folder.Close()
		if err != nil {
			t.Fatal(err)
		}
		folder = below
	}
	folder.Close()
	d, err := Scan(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Samples) != 3 || len(d.Notes) != 0 {
		t.Fatalf("%d samples, notes %.300q", len(d.Samples), d.Notes)
	}
	lost := d.Samples[1]
	if _, err := lost.Read(nil, 1<<20); lost.Label != "" || !lost.UnreadableDir || !strings.HasSuffix(lost.Path, long) || !lost.Explicit || err == nil || !strings.Contains(err.Error(), "file name too long") {
		t.Errorf("%.300q: %v", lost.Path, err)
	}
}

func TestClassesThatLieDeeper(t *testing.T) {
	files := []string{"pets/cats/x/1.jpg", "pets/dogs/2.jpg", "cars/vans/3.jpg", "cars/4.jpg"}
	root := tree(t, files...)
	d, err := Scanner{ClassDepth: 2}.Scan(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	wantLines(t, list(t, d, root), "cars/vans cars/vans/3.jpg", "pets/cats pets/cats/x/1.jpg", "pets/dogs pets/dogs/2.jpg")
	wantLines(t, d.Notes, filepath.Join(root, "cars")+": skipped files outside class folders: 1")
	zip := zipped(t, files...)
	if d, err = (Scanner{ClassDepth: 2}).Scan(t.Context(), zip); err != nil {
		t.Fatal(err)
	}
	wantLines(t, listZip(t, d, zip), "cars/vans cars/vans/3.jpg", "pets/cats pets/cats/x/1.jpg", "pets/dogs pets/dogs/2.jpg")
}

func TestSeveralSourcesJoinInTheirOrder(t *testing.T) {
	folder := tree(t, "b/1.jpg", "a/2.jpg")
	zip := zipped(t, "a/3.jpg", "c/4.jpg")
	list := manifest(t, "m.csv", "path,label\n5.jpg,c\n")
	d, err := Scan(t.Context(), zip, folder, list)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range d.Samples {
		got = append(got, s.Label+" "+filepath.Base(s.Path))
	}
	wantLines(t, got, "a 3.jpg", "c 4.jpg", "a 2.jpg", "b 1.jpg", "c 5.jpg")
}
