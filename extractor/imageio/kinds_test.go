package imageio

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

const kinds = "testdata/kinds"

type drawnKind struct{ Name, File, Want string }

func drawnKinds(t testing.TB) (index []drawnKind) {
	t.Helper()
	if err := json.Unmarshal(readFile(t, filepath.Join(kinds, "index.json")), &index); err != nil {
		t.Fatal(err)
	}
	if len(index) < 95 {
		t.Fatalf("only %d kinds", len(index))
	}
	return index
}

// drawnFiles are the files of the kinds.
func drawnFiles(t testing.TB) (files []string) {
	t.Helper()
	for _, c := range drawnKinds(t) {
		files = append(files, filepath.Join(kinds, c.File))
	}
	return files
}

// TestKinds reads a file of each kind that public repositories were found to have,
// and compares it with the picture it was drawn from, or Pillow read it as;
// scripts/compare_wild.py wrote both.
func TestKinds(t *testing.T) {
	for _, c := range drawnKinds(t) {
		t.Run(c.Name, func(t *testing.T) {
			data := readFile(t, filepath.Join(kinds, c.File))
			if why, named := refusedKinds[c.Name]; named {
				var d Decoder
				p := levels(16, 16)
				err := d.Tensor(t.Context(), make([]float32, p.Len()), data, p)
				if err == nil || !strings.HasPrefix(err.Error(), why) {
					t.Errorf("%v, want %s", err, why)
				}
				return
			}
			got := tensor(t, data, levels(16, 16))
			mean, _ := difference(got, tensor(t, readFile(t, filepath.Join(kinds, c.Want)), levels(16, 16)))
			limit := 0.6
			if strings.HasPrefix(c.Name, "WebP, strong") { // which loses its edge
				limit = 4
			}
			if mean > limit {
				t.Errorf("differs by %.2f levels on average", mean)
			}
		})
	}
}

// refusedKinds are the beginnings of the reasons for kinds that are not read.
var refusedKinds = map[string]string{
	"DNG, thumbnail only": "TIFF: a camera's raw file (DNG) whose largest preview has 24x16 pixels",
	"JPEG XL":             "JPEG XL: the format is not supported",
	"JPEG XL, in boxes":   "JPEG XL: the format is not supported",
	"JPEG 2000":           "JPEG 2000: the format is not supported",
	"PSD":                 "PSD: the format is not supported",
	"CR3":                 "CR3: a camera's raw file is not supported",

	"JPEG, stray marker that begins a table": "JPEG: the data is damaged: 79 % of the picture is lost",
	"JPEG, half of it noise":                 "JPEG: the data is damaged: 50 % of the picture is lost",
	"JPEG, progressive, half of it noise":    "JPEG: the data is damaged: 44 % of the picture is lost",
}

// refusedFile tells whether a file is of a kind that is not read.
func refusedFile(t *testing.T, file string) bool {
	for _, c := range drawnKinds(t) {
		if _, refused := refusedKinds[c.Name]; refused && c.File == file {
			return true
		}
	}
	return false
}
