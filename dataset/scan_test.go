package dataset

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestNothingIsReadTwice gives the same data by several paths.
func TestNothingIsReadTwice(t *testing.T) {
	root := tree(t, "pets/cats/1.jpg", "pets/dogs/2.jpg", "more/cats/3.jpg")
	link(t, root, "link → pets")
	csv := filepath.Join(root, "pets.csv")
	if err := os.WriteFile(csv, []byte("path,label\nmore/cats/3.jpg,cats\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	t.Chdir(root)
	zip := zipped(t, "cats/4.jpg", "dogs/5.jpg")
	for _, test := range []struct {
		paths []string
		want  int
		notes []string
	}{
		{[]string{"pets", "pets"}, 2, []string{"pets is given twice and is read once"}},
		{[]string{"pets", "./pets/", "link", filepath.Join(root, "pets")}, 2, []string{
			"./pets/ is the same as pets and is not read twice",
			"link is the same as pets and is not read twice",
			filepath.Join(root, "pets") + " is the same as pets and is not read twice",
		}},
		{[]string{"pets", "more"}, 3, nil},
		{[]string{csv, "pets.csv"}, 1, []string{"pets.csv is the same as " + csv + " and is not read twice"}},
		{[]string{zip, zip}, 2, []string{zip + " is given twice and is read once"}},
	} {
		d, err := Scan(t.Context(), test.paths...)
		if err != nil {
			t.Errorf("%q: %v", test.paths, err)
			continue
		}
		if len(d.Samples) != test.want || !slices.Equal(d.Notes, test.notes) {
			t.Errorf("%q: %d samples and the notes\n%s", test.paths, len(d.Samples), strings.Join(d.Notes, "\n"))
		}
	}

	for _, test := range []struct {
		paths []string
		want  int
	}{
		{[]string{"pets", "pets/cats"}, 2},
		{[]string{"pets/cats", "pets"}, 2},
		{[]string{"more/cats", "more"}, 1},
		{[]string{"pets/cats/1.jpg", "pets/cats/1.jpg"}, 2}, // as often as it is named
	} {
		d, err := ScanUnlabelled(t.Context(), test.paths...)
		if err != nil {
			t.Fatal(err)
		}
		if len(d.Samples) != test.want {
			t.Errorf("%q: %d samples", test.paths, len(d.Samples))
		}
	}
}

func TestAFolderThatHoldsOnlyItselfIsEmpty(t *testing.T) {
	root := tree(t)
	link(t, root, "self → .")
	if _, err := ScanUnlabelled(t.Context(), root); !errors.Is(err, ErrEmpty) {
		t.Errorf("%v", err)
	}
}

func TestARecordOfAContainerIsNamedLikeAFile(t *testing.T) {
	file := zipped(t, "cats/1.jpg", "cats/2.jpg")
	d, err := ScanUnlabelled(t.Context(), file+"#cats/2.jpg")
	if err != nil {
		t.Fatal(err)
	}
	wantLines(t, listZip(t, d, file), "cats/2.jpg")
	if data, err := d.Samples[0].Read(nil, 100); err != nil || string(data) != "cats/2.jpg" || !d.Samples[0].Explicit {
		t.Errorf("%q, %v", data, err)
	}
	if _, err := ScanUnlabelled(t.Context(), file+".zip#cats/2.jpg"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("of a zip file that is not there: %v", err)
	}
}

func TestAListMayBeWrong(t *testing.T) {
	root := tree(t, "1.jpg", "folder/2.jpg")
	if err := os.Mkdir(filepath.Join(root, "empty"), 0o777); err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, name := range []string{"gone.jpg", "1.jpg", "empty", "folder", "wrong.csv"} {
		paths = append(paths, filepath.Join(root, name))
	}
	if err := os.WriteFile(paths[4], []byte("path,label\n1.jpg,a\n,a\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	d, err := Scanner{}.ScanList(t.Context(), paths)
	if err != nil {
		t.Fatal(err)
	}
	wantLines(t, list(t, d, root), "gone.jpg", "1.jpg", "empty", "folder/2.jpg", "wrong.csv")
	for i, want := range []error{os.ErrNotExist, nil, ErrEmpty, nil} {
		if _, err := d.Samples[i].Read(nil, 100); !errors.Is(err, want) {
			t.Errorf("%s: %v", d.Samples[i].Path, err)
		}
	}
}

func TestAScanEndsWithItsContext(t *testing.T) {
	root := tree(t, "cats/1.jpg", "dogs/2.jpg")
	csv := manifest(t, "m.csv", "path,label\na.jpg,a\n", "a.jpg")
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	for _, path := range []string{root, csv} {
		if _, err := Scan(ctx, path); err != cause {
			t.Errorf("%s: %v", path, err)
		}
		if _, err := (Scanner{}).ScanList(ctx, []string{path}); err != cause {
			t.Errorf("%s in a list: %v", path, err)
		}
	}
}
