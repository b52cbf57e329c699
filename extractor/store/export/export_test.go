package export

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"github.com/parquet-go/parquet-go"
)

const dim = 3

var table = []Row{
	{"aa", "pets/cats/1.jpg", "cats", "train", []float32{0, 1, -2.5}},
	{"bb", "comma, \"quote\"\nline", "dogs", "", []float32{1e-38, math.MaxFloat32, 1.0 / 3}},
	{"cc", "latin \xe9", "", "test", []float32{math.SmallestNonzeroFloat32, 16777217, 0.1}},
}

func rows(table []Row) Rows { return Rows{Len: len(table), Dim: dim, All: slices.Values(table)} }

func mustWrite(t *testing.T, name string, format Format) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := Write(t.Context(), path, format, rows(table)); err != nil {
		t.Fatal(err)
	}
	return path
}

func readCSV(t *testing.T, path string) [][]string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

func TestCSVGivesBackEveryByteAndValue(t *testing.T) {
	lines := readCSV(t, mustWrite(t, "t.csv", CSV))
	if want := []string{"sha256", "path", "label", "split", "embedding_0", "embedding_1", "embedding_2"}; !slices.Equal(lines[0], want) {
		t.Errorf("header is %q", lines[0])
	}
	for i, row := range table {
		line := lines[i+1]
		if want := []string{row.SHA256, row.Path, row.Label, row.Split}; !slices.Equal(line[:4], want) {
			t.Errorf("row %d: %q, want %q", i, line[:4], want)
		}
		for j, text := range line[4:] {
			if v, err := strconv.ParseFloat(text, 32); err != nil || float32(v) != row.Embedding[j] {
				t.Errorf("row %d, value %d: %s, want %v", i, j, text, row.Embedding[j])
			}
		}
	}
}

func TestNPYHasTheMatrixAndItsSidecarTheRest(t *testing.T) {
	path := mustWrite(t, "t.npy", NPY)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const size = 3 * dim * 4
	header := content[:len(content)-size]
	if len(header)%64 != 0 || !bytes.Contains(header, []byte("'descr': '<f4', 'fortran_order': False, 'shape': (3, 3)")) {
		t.Errorf("header is %q", header)
	}
	if one := content[len(header)+4:][:4]; !bytes.Equal(one, []byte{0, 0, 0x80, 0x3f}) {
		t.Errorf("the second value is % x, want 1", one)
	}
	if lines := readCSV(t, Sidecar(path)); len(lines) != 4 || !slices.Equal(lines[3], []string{"cc", "latin \xe9", "", "test"}) {
		t.Errorf("sidecar is %q", lines)
	}
}

func TestParquetGivesBackWhatItCan(t *testing.T) {
	read, err := parquet.ReadFile[parquetRow](mustWrite(t, "t.parquet", Parquet))
	if err != nil {
		t.Fatal(err)
	}
	if len(read) != len(table) {
		t.Fatalf("%d rows", len(read))
	}
	for i, row := range table {
		if got := read[i]; got.SHA256 != row.SHA256 || got.Path != utf8(row.Path) || got.Label != row.Label ||
			got.Split != row.Split || !slices.Equal(got.Embedding, row.Embedding) {
			t.Errorf("row %d: %+v, want %+v", i, got, row)
		}
	}
}

func TestTheSameRowsGiveTheSameBytes(t *testing.T) {
	for _, format := range Formats {
		one, err := os.ReadFile(mustWrite(t, "t", format))
		if err != nil {
			t.Fatal(err)
		}
		two, err := os.ReadFile(mustWrite(t, "t", format))
		if err != nil || !bytes.Equal(one, two) {
			t.Errorf("%s: two files differ, %v", format, err)
		}
	}
}

func TestAFailedExportLeavesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "missing", "t.parquet")
	for _, format := range Formats {
		if err := Write(t.Context(), path, format, rows(table)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", format, err)
		}
	}
}

func TestAStoppedExportLeavesNothing(t *testing.T) {
	for _, format := range Formats {
		ctx, cancel := context.WithCancel(t.Context())
		folder := t.TempDir()
		all := func(yield func(Row) bool) {
			for i, row := range table {
				if i == 1 {
					cancel()
				}
				if !yield(row) {
					return
				}
			}
		}
		err := Write(ctx, filepath.Join(folder, "t"), format, Rows{Len: len(table), Dim: dim, All: all})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", format, err)
		}
		if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
			t.Errorf("%s leaves %v, %v", format, left, err)
		}
	}
}

func TestAMatrixAndItsSidecarStayTogether(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	path := mustWrite(t, "t.npy", NPY)
	before := readCSV(t, Sidecar(path))
	passes := 0
	all := func(yield func(Row) bool) {
		if passes++; passes == 2 { // the sidecar is complete
			cancel()
		}
		for range table {
			if !yield(table[0]) {
				return
			}
		}
	}
	if err := Write(ctx, path, NPY, Rows{Len: len(table), Dim: dim, All: all}); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v after %d passes", err, passes)
	}
	if after := readCSV(t, Sidecar(path)); !reflect.DeepEqual(after, before) {
		t.Errorf("the sidecar is %v beside the matrix of %v", after, before)
	}
}
