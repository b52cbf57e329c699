package extractor

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor/backbone"
	"github.com/digitalinnovationone/headstart/extractor/imageio"
	"github.com/digitalinnovationone/headstart/internal/ort"
)

// BenchmarkBlocks measures what all blocks of a backbone cost more than the last
// alone: photo by photo, one session after the other, in turns, so that a busy
// machine slows both. HEADSTART_BENCH_BACKBONE names another backbone or its file.
func BenchmarkBlocks(b *testing.B) {
	data, err := dataset.Scan(b.Context(), filepath.Join("..", "..", "shared", "data", "cats_vs_dogs"))
	if err != nil {
		b.Skip("../shared/data is not there")
	}
	network, err := backbone.Resolve(cmp.Or(os.Getenv("HEADSTART_BENCH_BACKBONE"), "efficientnet-lite0"))
	if err != nil {
		b.Fatal(err)
	}
	all, err := network.Select(backbone.AllBlocks)
	if err != nil {
		b.Fatal(err)
	}
	var runners [2]*ort.Runner
	for i, variant := range []backbone.Backbone{network, all} {
		loaded, err := benchExtractor(b, variant).network(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		if runners[i], err = loaded.session.Runner(1); err != nil {
			b.Fatal(err)
		}
		defer runners[i].Close()
	}
	photos := read(b, data.Samples[:200])
	for b.Loop() {
		var decoding []time.Duration
		var running [2][]time.Duration
		var d imageio.Decoder
		for i, photo := range photos {
			began := time.Now()
			if err := d.Tensor(b.Context(), runners[0].Floats(), photo, network.Preprocessing); err != nil {
				b.Fatal(err)
			}
			decoding = append(decoding, time.Since(began))
			copy(runners[1].Floats(), runners[0].Floats())
			for turn := range 2 {
				at := (i + turn) % 2
				began := time.Now()
				if err := runners[at].Run(b.Context()); err != nil {
					b.Fatal(err)
				}
				running[at] = append(running[at], time.Since(began))
			}
		}
		decode, last, all := quickest(decoding), quickest(running[0]), quickest(running[1])
		b.ReportMetric(last*1e3, "last-ms")
		b.ReportMetric(all*1e3, "all-ms")
		b.ReportMetric(all/last, "session-ratio")
		b.ReportMetric((decode+all)/(decode+last), "extraction-ratio")
		b.ReportMetric(0, "ns/op")
	}
}

// quickest returns the seconds that all but the quickest tenth took: what a busy
// machine disturbs least.
func quickest(durations []time.Duration) float64 {
	slices.Sort(durations)
	return durations[len(durations)/10].Seconds()
}
