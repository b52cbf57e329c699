package store

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// benchSpec has EfficientNet-Lite0's 1,280 values per row.
var benchSpec = Spec{Dim: 1280, JSON: []byte(`{}`)}

// openLarge makes a store that counts a million rows; the rows themselves are a
// hole in the file.
func openLarge(b *testing.B, dir string, images int) *Store {
	b.Helper()
	s, err := openSpec(dir, benchSpec)
	if err != nil {
		b.Fatal(err)
	}
	if err := os.Truncate(s.VectorsPath(), s.offset(int64(images))); err != nil {
		b.Fatal(err)
	}
	records := make([]record, images)
	for i := range records {
		records[i] = record{payload: testKey(i), kind: kindRow, number: uint64(i)}
	}
	if err := s.withLog(func(f logFile) error {
		return errors.Join(s.log.append(f, records), s.log.writeCount(f, int64(images)))
	}); err != nil {
		b.Fatal(err)
	}
	if s, err = openSpec(dir, benchSpec); err != nil {
		b.Fatal(err)
	}
	return s
}

func BenchmarkMillionRows(b *testing.B) {
	const images = 1_000_000
	dir := b.TempDir()
	s := openLarge(b, dir, images)
	keys := testKeys(0, images)

	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			if _, err := openSpec(dir, benchSpec); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("lookup of 1", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.Lookup(keys[:1]); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("lookup of all", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.Lookup(keys); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(images)*float64(b.N)/b.Elapsed().Seconds(), "keys/s")
	})
	b.Run("commit of 400", func(b *testing.B) { benchmarkCommit(b, s, images) })
}

func BenchmarkCommitOf400(b *testing.B) {
	s, err := openSpec(b.TempDir(), benchSpec)
	if err != nil {
		b.Fatal(err)
	}
	benchmarkCommit(b, s, 0)
}

// benchmarkCommit commits 400 rows at a time, which is what a second of
// extraction makes at 400 images/s. Beside each commit it has the disk do no
// more than a commit must: write and sync the rows, then as many pages of the
// index as the rows' keys fall on, then the page that makes them count.
func benchmarkCommit(b *testing.B, s *Store, n int) {
	const images, page = 400, 4096
	vector := make([]float32, benchSpec.Dim)
	rows := make([]byte, images*benchSpec.Dim*4)
	index, err := os.Stat(s.log.path)
	if err != nil {
		b.Fatal(err)
	}
	pages := max(1, index.Size()/page)
	bare, err := os.Create(filepath.Join(b.TempDir(), "bare"))
	if err != nil {
		b.Fatal(err)
	}
	defer bare.Close()
	random := rand.New(rand.NewPCG(1, 1))
	if _, err := bare.Write(make([]byte, int(pages)*page+len(rows))); err != nil {
		b.Fatal(err)
	}
	sync := func() {
		if err := bare.Sync(); err != nil {
			b.Fatal(err)
		}
	}
	sync()

	var commits, disk time.Duration
	for b.Loop() {
		for range images {
			s.Put(testKey(n), vector)
			n++
		}
		start := time.Now()
		mustCommit(b, s)
		commits += time.Since(start)

		start = time.Now()
		bare.WriteAt(rows, pages*page)
		sync()
		for range min(images, pages) {
			bare.WriteAt(rows[:page], random.Int64N(pages)*page)
		}
		sync()
		bare.WriteAt(rows[:page], 0)
		sync()
		disk += time.Since(start)
	}
	b.ReportMetric(commits.Seconds()/float64(b.N)*100, "%-of-a-second")
	b.ReportMetric(disk.Seconds()/float64(b.N)*100, "%-disk-alone")
}

func BenchmarkFiles(b *testing.B) {
	const images = 100_000
	f := openFiles(b, b.TempDir())
	ids := make([]FileID, images)
	for n := range ids {
		ids[n] = FileID{
			Path:    fmt.Sprintf("/home/someone/photos/class%02d/image_%06d.jpg", n/10_000, n),
			Size:    100_000 + int64(n),
			ModTime: now.Add(-time.Hour).UnixNano(),
			Inode:   uint64(n),
		}
		f.Put(ids[n], testKey(n), now)
	}
	start := time.Now()
	if err := f.Commit(); err != nil {
		b.Fatal(err)
	}
	b.Logf("commit of %d files: %v", images, time.Since(start))
	for b.Loop() {
		if _, err := f.Lookup(ids); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(images)*float64(b.N)/b.Elapsed().Seconds(), "files/s")
}

func BenchmarkRows(b *testing.B) {
	s, err := openSpec(b.TempDir(), benchSpec)
	if err != nil {
		b.Fatal(err)
	}
	const images = 20_000
	keys := testKeys(0, images)
	for _, key := range keys {
		s.Put(key, make([]float32, benchSpec.Dim))
	}
	mustCommit(b, s)
	b.SetBytes(images * int64(benchSpec.Dim) * 4)
	for b.Loop() {
		m, err := s.Rows(b.Context(), keys)
		if err != nil {
			b.Fatal(err)
		}
		sum := float32(0)
		for i := range m.Len() {
			for _, v := range m.Row(i) {
				sum += v
			}
		}
		if sum != 0 {
			b.Fatal(sum)
		}
		if err := m.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
