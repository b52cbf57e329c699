package mlp

import (
	"context"
	"encoding/json"
	"os"
	"testing"

	"github.com/digitalinnovationone/headstart/head/internal/headtest"
	"github.com/digitalinnovationone/headstart/internal/matrix"
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
	all := headtest.ReadNPY(b, job.Vectors, job.Dim)
	for _, fold := range job.Folds {
		b.Run(fold.Name, func(b *testing.B) {
			var n *Network
			var report *Report
			for b.Loop() {
				n, report, err = Fit(context.Background(), matrix.Selection{Float32: all, Rows: fold.Train}, fold.TrainLabels, fold.Classes, nil, Options{Seed: fold.Seed})
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(accuracy(n, matrix.Selection{Float32: all, Rows: fold.Test}, fold.TestLabels), "accuracy")
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
