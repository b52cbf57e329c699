package head

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"testing"

	"github.com/digitalinnovationone/headstart/head/internal/headtest"
	"github.com/digitalinnovationone/headstart/head/metrics"
	"github.com/digitalinnovationone/headstart/internal/matrix"
)

// BenchmarkFolds fits kinds of heads to parts of real embeddings and scores the
// others. What they are is in the JSON file that FOLDS names; scripts/bench_kinds.py
// writes it.
func BenchmarkFolds(b *testing.B) {
	path := os.Getenv("FOLDS")
	if path == "" {
		b.Skip("FOLDS names no file")
	}
	var job struct {
		Vectors string   `json:"vectors"` // .npy, float32
		Dim     int      `json:"dim"`
		Kinds   []string `json:"kinds"`
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
		classes := make([]string, fold.Classes)
		for i := range classes {
			classes[i] = strconv.Itoa(i)
		}
		for _, kind := range job.Kinds {
			b.Run(fmt.Sprintf("%s/%s", fold.Name, kind), func(b *testing.B) {
				var h *Head
				for b.Loop() {
					h, _ = mustFit(b, matrix.Selection{Float32: all, Rows: fold.Train}, fold.TrainLabels, classes, Options{Head: kind, Seed: fold.Seed})
				}
				m, err := metrics.EvaluateRows(b.Context(), func(i int) []float64 {
					return h.Probabilities(all.Row(fold.Test[i]), nil)
				}, fold.TestLabels, nil, classes)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(m.Accuracy, "accuracy")
				b.ReportMetric(m.LogLoss, "log-loss")
			})
		}
	}
}
