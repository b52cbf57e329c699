package ood

import (
	"context"
	"encoding/json"
	"os"
	"testing"

	"github.com/digitalinnovationone/headstart/head/internal/headtest"
	"github.com/digitalinnovationone/headstart/internal/matrix"
)

// BenchmarkFolds fits to parts of real embeddings, and reports the share of the
// others that is lost, what Fit says of it, and how well each of some strange sets
// is parted from them. What they are is in the JSON file that FOLDS names;
// scripts/bench_unknown.py writes it.
func BenchmarkFolds(b *testing.B) {
	path := os.Getenv("FOLDS")
	if path == "" {
		b.Skip("FOLDS names no file")
	}
	var job struct {
		Vectors     string  `json:"vectors"` // .npy, float32
		Dim         int     `json:"dim"`
		KnownRecall float64 `json:"known_recall"`
		Folds       []struct {
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
	all := headtest.ReadNPY(b, job.Vectors, job.Dim)
	for _, fold := range job.Folds {
		b.Run(fold.Name, func(b *testing.B) {
			var m *Model
			var r *Report
			for b.Loop() {
				opt := Options{KnownRecall: job.KnownRecall, Workers: 2}
				m, r, err = Fit(context.Background(), matrix.Selection{Float32: all, Rows: fold.Train}, fold.TrainLabels, nil, fold.Classes, opt)
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(1-kept(m, matrix.Selection{Float32: all, Rows: fold.Test}), "lost")
			b.ReportMetric(r.Lost.Expected, "expected")
			b.ReportMetric(r.Lost.Low, "low")
			b.ReportMetric(r.Lost.High, "high")
			for name, rows := range job.Strange {
				b.ReportMetric(auroc(m, matrix.Selection{Float32: all, Rows: fold.Test}, matrix.Selection{Float32: all, Rows: rows}), name)
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

// auroc is the probability that a strange row scores above a known one.
func auroc(m *Model, known, strange matrix.Float32) float64 {
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
