package extractor

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor/backbone"
	"github.com/digitalinnovationone/headstart/extractor/imageio"
)

// BenchmarkExtract measures extraction into an empty store beside what bounds
// it, in one run: each image costs a core the time of its decoding and the
// time of its session, and no pipeline can do better than have all cores do
// nothing else. HEADSTART_BENCH_BACKBONE names another backbone or its file.
func BenchmarkExtract(b *testing.B) {
	folder := filepath.Join("..", "..", "shared", "data", "cats_vs_dogs")
	if _, err := os.Stat(folder); err != nil {
		b.Skip("../shared/data is not there")
	}
	data, err := dataset.Scan(b.Context(), folder)
	if err != nil {
		b.Fatal(err)
	}
	name := os.Getenv("HEADSTART_BENCH_BACKBONE")
	if name == "" {
		name = "efficientnet-lite0"
	}
	network, err := backbone.Resolve(name)
	if err != nil {
		b.Fatal(err)
	}
	x := benchExtractor(b, network)
	photos := read(b, data.Samples)

	for b.Loop() {
		decode := timeOnAllCores(b, x.config.Workers, func(next func() int) {
			var d imageio.Decoder
			tensor := make([]float32, network.Preprocessing.Len())
			for i := next(); i < len(photos); i = next() {
				if err := d.Tensor(b.Context(), tensor, photos[i], network.Preprocessing); err != nil {
					b.Errorf("%s: %v", data.Samples[i].Path, err)
				}
			}
		})
		session := timeOnAllCores(b, x.config.Workers, func(next func() int) {
			n, err := x.network(b.Context())
			if err != nil {
				b.Error(err)
				return
			}
			runner, err := n.session.Runner(1)
			if err != nil {
				b.Error(err)
				return
			}
			defer runner.Close()
			// Another photo each time: a session that finds its input where it
			// left it is quicker than any that has images to look at.
			tensors := make([][]float32, 16)
			var d imageio.Decoder
			for i := range tensors {
				tensors[i] = make([]float32, len(runner.Floats()))
				if err := d.Tensor(b.Context(), tensors[i], photos[i], network.Preprocessing); err != nil {
					b.Error(err)
					return
				}
			}
			for i := next(); i < len(photos); i = next() {
				copy(runner.Floats(), tensors[i%len(tensors)])
				if err := runner.Run(b.Context()); err != nil {
					b.Error(err)
				}
			}
		})
		fresh := benchExtractor(b, network)
		if _, err := fresh.network(b.Context()); err != nil { // start-up is not measured
			b.Fatal(err)
		}
		whole := timeOnAllCores(b, 1, func(func() int) {
			if err := fresh.Extract(context.Background(), slices.Values(data.Samples), func(Result) error { return nil }); err != nil {
				b.Error(err)
			}
		})
		n := float64(len(photos))
		b.ReportMetric(n/decode, "decode/s")
		b.ReportMetric(n/session, "session/s")
		b.ReportMetric(n/whole, "extract/s")
		b.ReportMetric(n/(decode+session), "limit/s")
		b.ReportMetric((decode+session)/whole, "of-limit")
		b.ReportMetric(0, "ns/op")
	}
}

func benchExtractor(b *testing.B, network backbone.Backbone) *Extractor {
	b.Helper()
	x, err := New(Config{Backbone: network, Store: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { x.Close() })
	return x
}

func read(b *testing.B, samples []dataset.Sample) [][]byte {
	b.Helper()
	contents := make([][]byte, len(samples))
	for i, s := range samples {
		data, err := s.Read(nil, DefaultMaxBytes)
		if err != nil {
			b.Fatal(err)
		}
		contents[i] = data
	}
	return contents
}

// timeOnAllCores returns the seconds in which workers, each taking the next
// number until it stops, are done.
func timeOnAllCores(b *testing.B, workers int, work func(next func() int)) float64 {
	b.Helper()
	var last atomic.Int64
	var group sync.WaitGroup
	before := b.Elapsed()
	for range workers {
		group.Go(func() { work(func() int { return int(last.Add(1)) - 1 }) })
	}
	group.Wait()
	return (b.Elapsed() - before).Seconds()
}
