package dataset

import (
	"archive/zip"
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// measure scans and reports the memory that the samples keep.
func measure(b *testing.B, path string, want int) {
	b.Helper()
	b.Chdir(filepath.Dir(path)) // for paths as short as users give them
	path = filepath.Base(path)
	var before, after runtime.MemStats
	for b.Loop() {
		b.StopTimer()
		runtime.GC()
		runtime.ReadMemStats(&before)
		b.StartTimer()
		d, err := Scan(b.Context(), path)
		if err != nil || len(d.Samples) != want {
			b.Fatalf("%d samples, %v", len(d.Samples), err)
		}
		b.StopTimer()
		runtime.GC()
		runtime.ReadMemStats(&after)
		runtime.KeepAlive(d)
		b.StartTimer()
	}
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(want), "bytes/image")
	b.ReportMetric(float64(want)*float64(b.N)/b.Elapsed().Seconds(), "images/s")
}

// BenchmarkScanFolder scans 100,000 files in 10 classes.
func BenchmarkScanFolder(b *testing.B) {
	root, want := b.TempDir(), 100_000
	for i := range want {
		folder := filepath.Join(root, fmt.Sprintf("class%d", i%10))
		if i < 10 {
			if err := os.Mkdir(folder, 0o777); err != nil {
				b.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("photo%07d.jpg", i)), nil, 0o666); err != nil {
			b.Fatal(err)
		}
	}
	measure(b, root, want)
}

// BenchmarkScanManifest scans a manifest of 1,000,000 lines.
func BenchmarkScanManifest(b *testing.B) {
	for name, format := range map[string]string{
		"m.csv":   "class%d/photo%07d.jpg,class%d,train\n",
		"m.jsonl": `{"path":"class%d/photo%07d.jpg","label":"class%d","split":"train"}` + "\n",
	} {
		b.Run(filepath.Ext(name), func(b *testing.B) {
			path, want := filepath.Join(b.TempDir(), name), 1_000_000
			file, err := os.Create(path)
			if err != nil {
				b.Fatal(err)
			}
			w := bufio.NewWriter(file)
			if name == "m.csv" {
				fmt.Fprintln(w, "path,label,split")
			}
			for i := range want {
				fmt.Fprintf(w, format, i%10, i, i%10)
			}
			if err := w.Flush(); err != nil {
				b.Fatal(err)
			}
			file.Close()
			measure(b, path, want)
		})
	}
}

// BenchmarkScanZip scans a zip file of 100,000 entries, whose directory stays in
// memory too.
func BenchmarkScanZip(b *testing.B) {
	path, want := filepath.Join(b.TempDir(), "data.zip"), 100_000
	file, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	w := zip.NewWriter(file)
	for i := range want {
		if _, err := w.Create(fmt.Sprintf("class%d/photo%07d.jpg", i%10, i)); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	file.Close()
	measure(b, path, want)
}

// BenchmarkStratifiedSplit divides 100,000 images of 10 classes.
func BenchmarkStratifiedSplit(b *testing.B) {
	var samples []Sample
	var keys []digest
	for class := range 10 {
		s, k := images(fmt.Sprint(class), 10_000)
		samples, keys = append(samples, s...), append(keys, k...)
	}
	for b.Loop() {
		for i := range samples {
			samples[i].Split = Unsplit
		}
		if _, err := StratifiedSplit(samples, keys, nil, Fractions{Test: 0.2, Val: 0.1}); err != nil {
			b.Fatal(err)
		}
	}
}
