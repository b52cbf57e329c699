package unknown

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"testing"
)

// BenchmarkFolds fits to parts of real embeddings, and reports the share of the
// others that is kept and how well each of some strange sets is parted from
// them. What they are is in the JSON file that FOLDS names;
// scripts/bench_unknown.py writes it.
func BenchmarkFolds(b *testing.B) {
	path := os.Getenv("FOLDS")
	if path == "" {
		b.Skip("FOLDS names no file")
	}
	var job struct {
		Vectors string `json:"vectors"` // .npy, float32
		Dim     int    `json:"dim"`
		Folds   []struct {
			Name        string `json:"name"`
			Classes     int    `json:"classes"`
			Train       []int  `json:"train"` // rows
			TrainLabels []int  `json:"train_labels"`
			Test        []int  `json:"test"`
		} `json:"folds"`
		Strange map[string][]int `json:"strange"` // rows
	}
	data, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(data, &job)
	}
	if err != nil {
		b.Fatal(err)
	}
	all := matrix{job.Dim, readNPY(b, job.Vectors)}
	for _, fold := range job.Folds {
		b.Run(fold.Name, func(b *testing.B) {
			var m *Model
			for b.Loop() {
				m, err = Fit(context.Background(), part{all, fold.Train}, fold.TrainLabels, fold.Classes, usual)
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(kept(m, part{all, fold.Test}), "kept")
			for name, rows := range job.Strange {
				b.ReportMetric(auroc(m, part{all, fold.Test}, part{all, rows}), name)
			}
		})
	}
}

// BenchmarkScore scores an embedding of 1,280 values by 2,000 references.
func BenchmarkScore(b *testing.B) {
	x, labels := draw(2000, 1280, 0, 2, 1)
	m := mustFit(b, x, labels, 2, usual)
	for b.Loop() {
		m.Score(x.Row(0))
	}
}

// auroc is the chance that a strange row scores above a known one.
func auroc(m *Model, known, strange Matrix) float64 {
	above := 0.0
	scores := make([]float64, known.Len())
	for i := range scores {
		scores[i] = m.Score(known.Row(i))
	}
	for i := range strange.Len() {
		s := m.Score(strange.Row(i))
		for _, k := range scores {
			switch {
			case s > k:
				above++
			case s == k:
				above += 0.5
			}
		}
	}
	return above / float64(known.Len()*strange.Len())
}

// part is some rows of a matrix.
type part struct {
	matrix
	rows []int
}

func (p part) Len() int            { return len(p.rows) }
func (p part) Row(i int) []float32 { return p.matrix.Row(p.rows[i]) }

// readNPY reads the values of a file that the store wrote.
func readNPY(b *testing.B, path string) []float32 {
	b.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	data = data[10+int(binary.LittleEndian.Uint16(data[8:])):]
	values := make([]float32, len(data)/4)
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
	}
	return values
}
