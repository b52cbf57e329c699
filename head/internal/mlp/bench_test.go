package mlp

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"testing"
)

// BenchmarkFolds fits to parts of real embeddings and scores the others. What
// they are is in the JSON file that FOLDS names; scripts/bench_mlp.py writes it.
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
			Seed        uint64 `json:"seed"`
			Classes     int    `json:"classes"`
			Train       []int  `json:"train"` // rows
			TrainLabels []int  `json:"train_labels"`
			Test        []int  `json:"test"`
			TestLabels  []int  `json:"test_labels"`
		} `json:"folds"`
	}
	data, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(data, &job)
	}
	if err != nil {
		b.Fatal(err)
	}
	all := table{job.Dim, readNPY(b, job.Vectors)}
	for _, fold := range job.Folds {
		b.Run(fold.Name, func(b *testing.B) {
			var n *Network
			var report *Report
			for b.Loop() {
				n, report, err = Fit(context.Background(), choice{all, fold.Train}, fold.TrainLabels, fold.Classes, nil, Options{Seed: fold.Seed})
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(accuracy(n, choice{all, fold.Test}, fold.TestLabels), "accuracy")
			b.ReportMetric(float64(len(report.History)), "epochs")
		})
	}
}

// BenchmarkFit fits to 5,000 embeddings of 1,280 values.
func BenchmarkFit(b *testing.B) {
	x, labels := rings(5000, 1280, 5, 1)
	for b.Loop() {
		if _, _, err := Fit(context.Background(), x, labels, 5, nil, Options{MaxEpochs: 3}); err != nil {
			b.Fatal(err)
		}
	}
}

// choice is some rows of a table.
type choice struct {
	table
	rows []int
}

func (p choice) Len() int            { return len(p.rows) }
func (p choice) Row(i int) []float32 { return p.table.Row(p.rows[i]) }

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
