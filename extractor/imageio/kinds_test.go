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
	if len(index) < 190 {
		t.Fatalf("only %d kinds", len(index))
	}
	return index
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
			if mean > 0.6 {
				t.Errorf("differs by %.2f levels on average", mean)
			}
		})
	}
}

// refusedKinds are the beginnings of the reasons for kinds that are not read.
var refusedKinds = map[string]string{
	"TIFF, Zstandard":                   "TIFF: Zstandard compression is not supported",
	"TIFF, LZMA":                        "TIFF: LZMA compression is not supported",
	"TIFF, WebP":                        "TIFF: WebP compression is not supported",
	"TIFF, LERC":                        "TIFF: LERC compression is not supported",
	"TIFF, JPEG 2000":                   "TIFF: JPEG 2000 compression is not supported",
	"TIFF, JPEG of 12 bits":             "TIFF: JPEG of 12 bits is not supported",
	"TIFF, 64 bits":                     "TIFF: samples of 64 bits are not supported",
	"TIFF, complex numbers":             "TIFF: complex samples",
	"TIFF, float above 255":             "TIFF: floating-point samples above 255 have no known white",
	"TIFF, 32 bits above 65535":         "TIFF: samples of 32 bits up to 76500 have no known white",
	"TIFF, predictor 2 of 4 bits":       "TIFF: predictor 2 for samples of 4 bits is not supported",
	"TIFF, predictor 2 of 24 bits":      "TIFF: predictor 2 for samples of 24 bits is not supported",
	"TIFF, predictor 3 of 8 bits":       "TIFF: predictor 3 for samples of 8 bits is not supported",
	"TIFF, predictor 4 of 8 bits":       "TIFF: predictor 4 for samples of 8 bits is not supported",
	"TIFF, old JPEG, sizes missing":     "TIFF: 1 of 2 blocks are listed",
	"TIFF, JPEG smaller than its strip": "TIFF: a JPEG block of 8x8 pixels does not fill 24x16",
	"TIFF, JPEG, grey for colour":       "TIFF: a JPEG block of 1 components does not fit 3 samples",
	"TIFF, Lab, float":                  "TIFF: floating-point L*a*b* is not supported",
	"TIFF, LogLuv":                      "TIFF: colour model 32845 is not supported",
	"TIFF, Y'CbCr 2x2 in planes":        "TIFF: subsampled chroma in separate planes",

	"DNG, thumbnail only": "TIFF: camera raw (DNG) whose largest preview has 24x16 pixels",
	"NEF, thumbnail only": "TIFF: camera raw (NEF) whose largest preview has 24x16 pixels",
	"CR2, thumbnail only": "TIFF: camera raw (CR2) whose largest preview has 24x16 pixels",
	"CR3, thumbnail only": "CR3: camera raw (CR3) whose largest preview has 24x16 pixels",
	"ORF":                 "ORF: camera raw (ORF) is not supported",
	"JPEG XL":             "JPEG XL: the format is not supported",
	"JPEG XL, in boxes":   "JPEG XL: the format is not supported",
	"JPEG 2000":           "JPEG 2000: the format is not supported",
	"PSD":                 "PSD: the format is not supported",

	"JPEG, stray marker that begins a table": "JPEG: the data is damaged: 79 % of the picture is lost",
	"JPEG, half of it noise":                 "JPEG: the data is damaged: 50 % of the picture is lost",
	"JPEG, progressive, half of it noise":    "JPEG: the data is damaged: 44 % of the picture is lost",
}
