package store

import (
	"errors"
	"io"
	"os"
	"testing"
	"time"
)

// BenchmarkLoad reads all rows of a store, as training does, and beside it the
// same file from its beginning to its end. Each pass alternates with the other,
// so that both meet the same machine and the same page cache. There are half a
// gigabyte of rows, or as many as HEADSTART_STORE_ROWS says.
func BenchmarkLoad(b *testing.B) {
	images := fromEnvironment(b, "HEADSTART_STORE_ROWS", 100_000)
	dir := b.TempDir()
	s, err := openSpec(dir, benchSpec)
	if err != nil {
		b.Fatal(err)
	}
	vector := make([]float32, benchSpec.Dim)
	for n := range images {
		vector[0] = float32(n)
		s.Put(testKey(n), vector)
		if n%20_000 == 19_999 || n == images-1 {
			mustCommit(b, s)
		}
	}
	opened := time.Now()
	if s, err = openSpec(dir, benchSpec); err != nil {
		b.Fatal(err)
	}
	b.Logf("opening a store of %d rows: %v", images, time.Since(opened))

	var load, plain time.Duration
	for b.Loop() {
		start := time.Now()
		readPlainly(b, s.VectorsPath())
		plain += time.Since(start)
		start = time.Now()
		m, err := s.Rows(b.Context(), testKeys(0, images))
		if err != nil {
			b.Fatal(err)
		}
		readMatrix(b, m)
		load += time.Since(start)
	}
	bytes := float64(s.offset(int64(images))) * float64(b.N)
	b.ReportMetric(bytes/plain.Seconds()/1e6, "plain-MB/s")
	b.ReportMetric(bytes/load.Seconds()/1e6, "rows-MB/s")
	b.ReportMetric(plain.Seconds()/load.Seconds(), "ratio")
}

func readPlainly(b *testing.B, path string) {
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	buf := make([]byte, 1<<20)
	for {
		if _, err := f.Read(buf); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			b.Fatal(err)
		}
	}
}

// readMatrix copies every row, as a trainer that gathers batches does.
func readMatrix(b *testing.B, m *Matrix) {
	row := make([]float32, m.Dim())
	sum := 0.0
	for i := range m.Len() {
		copy(row, m.Row(i))
		sum += float64(row[0])
	}
	if n := float64(m.Len()); sum != n*(n-1)/2 {
		b.Fatal(sum)
	}
	if err := m.Close(); err != nil {
		b.Fatal(err)
	}
}
