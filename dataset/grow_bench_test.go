package dataset

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// BenchmarkScanGrows scans what a hostile set may hold much of. Time for each
// must stay level as numbers grow.
func BenchmarkScanGrows(b *testing.B) {
	kinds := map[string]func(b *testing.B, n int) string{
		"files": func(b *testing.B, n int) string {
			return grown(b, n, func(path string) error { return os.WriteFile(path, nil, 0o666) })
		},
		"links": func(b *testing.B, n int) string {
			return grown(b, n, func(path string) error { return os.Symlink("0.jpg", path) })
		},
		"broken_links": func(b *testing.B, n int) string {
			return grown(b, n, func(path string) error { return os.Symlink("nowhere", path) })
		},
		"links_to_its_folder": func(b *testing.B, n int) string {
			return grown(b, n, func(path string) error { return os.Symlink(".", path) })
		},
		"folders": func(b *testing.B, n int) string {
			return grown(b, n, func(path string) error { return os.Mkdir(path, 0o777) })
		},
		"zip_entries": func(b *testing.B, n int) string {
			return zipOf(b, n, func(i int) string { return fmt.Sprintf("a/%07d.jpg", i) })
		},
		"zip_folders": func(b *testing.B, n int) string {
			deep := strings.Repeat("x/", maxDepth-2)
			return zipOf(b, n, func(i int) string { return fmt.Sprintf("a/%d%s1.jpg", i, deep) })
		},
		"zip_deep_names": func(b *testing.B, n int) string {
			deep := strings.Repeat("x/", 2000)
			return zipOf(b, n, func(i int) string { return fmt.Sprintf("a/%d%s1.jpg", i, deep) })
		},
		"manifest": func(b *testing.B, n int) string {
			lines := "path,label\n" + strings.Repeat("a/photo.jpg,a\n", n)
			return write(b, filepath.Join(b.TempDir(), "m.csv"), []byte(lines))
		},
	}
	for kind, make := range kinds {
		for _, n := range []int{5_000, 10_000, 20_000, 40_000} {
			b.Run(fmt.Sprintf("%s/n=%d", kind, n), func(b *testing.B) {
				path := make(b, n)
				b.ReportAllocs()
				for b.Loop() {
					if _, err := Scan(b.Context(), path); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/item")
			})
		}
	}
}

// grown makes a folder with one class and n things in it besides an image.
func grown(b *testing.B, n int, add func(path string) error) string {
	b.Helper()
	class := filepath.Join(b.TempDir(), "a")
	if err := os.Mkdir(class, 0o777); err != nil {
		b.Fatal(err)
	}
	write(b, filepath.Join(class, "0.jpg"), nil)
	for i := range n {
		if err := add(filepath.Join(class, fmt.Sprintf("%07d.jpg", i))); err != nil {
			b.Fatal(err)
		}
	}
	return filepath.Dir(class)
}

func zipOf(b *testing.B, n int, name func(int) string) string {
	b.Helper()
	names := []string{"a/0.jpg"}
	for i := range n {
		names = append(names, name(i))
	}
	return write(b, filepath.Join(b.TempDir(), "data.zip"), zipNamed(b, names...))
}
