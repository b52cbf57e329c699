package headstart

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/head"
	"github.com/digitalinnovationone/headstart/head/metrics"
	"github.com/digitalinnovationone/headstart/internal/matrix"
)

// realSets are labelled photos in ../shared/data.
var realSets = []string{"hymenoptera", "flowers5", "rubbish6", "textures10", "tiles6/manifest.jsonl", "cats_vs_dogs"}

// studyOf returns the photos of a set, or skips.
func studyOf(tb testing.TB, engine *Engine, set string) *study {
	tb.Helper()
	path := filepath.Join("..", "shared", "data", set)
	if _, err := os.Stat(path); err != nil {
		tb.Skip("../shared/data is not there")
	}
	data, err := dataset.Scan(tb.Context(), path)
	if err != nil {
		tb.Fatal(err)
	}
	s, err := engine.study(tb.Context(), data, DuplicateOptions{})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// openInstalled opens an engine with the backbone in the file that
// HEADSTART_BENCH_BACKBONE names, and the store in HEADSTART_BENCH_STORE.
func openInstalled(tb testing.TB) *Engine {
	tb.Helper()
	name := os.Getenv("HEADSTART_BENCH_BACKBONE")
	if name == "" {
		tb.Skip("needs HEADSTART_BENCH_BACKBONE, the file of a backbone")
	}
	folder := os.Getenv("HEADSTART_BENCH_STORE")
	if folder == "" {
		folder = tb.TempDir()
	}
	engine, err := Open(Config{Backbone: name, Store: folder})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { engine.Close() })
	return engine
}

// BenchmarkLearningCurves prints the learning curves of the sets in ../shared/data.
func BenchmarkLearningCurves(b *testing.B) {
	engine := openInstalled(b)
	for _, set := range realSets {
		b.Run(strings.TrimSuffix(set, "/manifest.jsonl"), func(b *testing.B) {
			s := studyOf(b, engine, set)
			for b.Loop() {
				began := time.Now()
				c, err := s.learningCurve(b.Context(), 1)
				if err != nil {
					b.Fatal(err)
				}
				fmt.Printf("\n%.1f s, C %g, %d held out (%d groups), %d to draw from, chance %.3f\n", time.Since(began).Seconds(), c.C, c.HeldOut, c.Groups, c.Images, c.Chance)
				for _, p := range c.Points {
					fmt.Printf("%5d a class %7.1f images %3d draws: accuracy %.3f ± %.3f, log-loss %.3f ± %.3f\n", p.PerClass, p.Images, p.Draws, p.Accuracy, p.AccuracySD, p.LogLoss, p.LogLossSD)
				}
				fmt.Printf("accuracy %+v\nlog-loss %+v\n", c.Accuracy, c.LogLoss)
			}
		})
	}
}

// BenchmarkPixels prints what transfer is worth on the sets in ../shared/data.
func BenchmarkPixels(b *testing.B) {
	engine := openInstalled(b)
	for _, set := range realSets {
		b.Run(strings.TrimSuffix(set, "/manifest.jsonl"), func(b *testing.B) {
			s := studyOf(b, engine, set)
			for b.Loop() {
				began := time.Now()
				p, err := s.pixels(b.Context(), 1)
				if err != nil {
					b.Fatal(err)
				}
				fmt.Printf("\n%.1f s, %d images, %d tested, %d unused\n", time.Since(began).Seconds(), p.Images, p.Tested, p.Unused)
				for _, line := range p.Baselines {
					fmt.Printf("%-13s %-13s", line.Kind, line.Head)
					for _, point := range line.Points {
						fmt.Printf(" %5.1f: %.3f", point.PerClass, point.Accuracy)
					}
					fmt.Printf(" (%.3f to %.3f)\n", line.Scores.Interval.Low, line.Scores.Interval.High)
				}
			}
		})
	}
}

// BenchmarkProjections has half of each set's photos tell what all of them reach, with
// ten different quarters held out, and prints how often the intervals cover that. What
// all photos reach is one number with its chance, and so is the gain.
func BenchmarkProjections(b *testing.B) {
	engine := openInstalled(b)
	for _, set := range realSets {
		b.Run(strings.TrimSuffix(set, "/manifest.jsonl"), func(b *testing.B) {
			s := studyOf(b, engine, set)
			rows, err := s.found.Matrix(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			defer rows.Close()
			const times = 10
			for b.Loop() {
				var said [2]map[string][2]int // of accuracy and log-loss: by verdict, how often it was right, and how often wrong
				var covered, gains [2]int
				var off, still, mean, told [2]float64
				for i := range said {
					said[i] = map[string][2]int{}
				}
				for seed := range uint64(times) {
					half, all := s.halves(seed)
					measure := func(part partOf, draws int) *head.LearningCurve {
						c, err := head.MeasureCurve(b.Context(), matrix.Selection{Float32: rows, Rows: part.rows}, part.labels,
							head.CurveOptions{HeldOut: part.held, Groups: part.groups, Seed: seed, Draws: draws})
						if err != nil {
							b.Fatal(err)
						}
						return c
					}
					curve, whole := measure(half, 0), measure(all, 1)
					before, after := curve.Points[len(curve.Points)-1], whole.Points[len(whole.Points)-1]
					for i, p := range []struct {
						head.Projection
						before, after, gain float64
					}{
						{curve.Accuracy, before.Accuracy, after.Accuracy, after.Accuracy - before.Accuracy},
						{curve.LogLoss, before.LogLoss, after.LogLoss, before.LogLoss - after.LogLoss},
					} {
						covered[i] += in(p.Interval, p.after)
						// The gain is of one set before and one after.
						half := math.Hypot((p.GainInterval.High-p.GainInterval.Low)/2, 1.96*math.Sqrt2*p.SetSD)
						middle := (p.GainInterval.High + p.GainInterval.Low) / 2
						gains[i] += in(metrics.Interval{Low: middle - half, High: middle + half}, p.gain)
						mean[i] += p.gain / times
						told[i] += p.Gain / times
						off[i] += math.Abs(p.Expected-p.after) / times
						still[i] += math.Abs(p.before-p.after) / times
						n := said[i][p.Verdict]
						if p.Verdict == head.Improves && p.gain <= 0 || p.Verdict == head.Saturated && p.gain >= p.Worthwhile {
							n[1]++
						} else {
							n[0]++
						}
						said[i][p.Verdict] = n
					}
				}
				for i, of := range []string{"accuracy", "log-loss"} {
					fmt.Printf("\n%s: interval covers %d of %d, that of the gain, with the luck of both sets, %d; mean gain %.4f, projected %.4f; off by %.4f, unchanged by %.4f; verdicts (right, wrong) %v", of, covered[i], times, gains[i], mean[i], told[i], off[i], still[i], said[i])
				}
				fmt.Println()
			}
		})
	}
}

func in(i metrics.Interval, value float64) int {
	if i.Low <= value && value <= i.High {
		return 1
	}
	return 0
}

// partOf is some rows of a study.
type partOf struct {
	rows, labels, groups []int
	held                 []bool
}

// halves holds out a quarter of the units, and returns it with half of the others, and
// with all of them.
func (s *study) halves(seed uint64) (half, all partOf) {
	units := map[int][]int{}
	for row, unit := range s.units {
		units[unit] = append(units[unit], row)
	}
	order := slices.Sorted(maps.Keys(units))
	rng := rand.New(rand.NewPCG(seed, 7))
	rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	dealt := map[int][3]float64{} // of each class: held out, in the half, in the other
	shares := [3]float64{2, 3, 3}
	for _, unit := range order {
		class := s.labels[units[unit][0]]
		counts := dealt[class]
		to := 0
		for i := range counts {
			if counts[i]/shares[i] < counts[to]/shares[to] {
				to = i
			}
		}
		counts[to] += float64(len(units[unit]))
		dealt[class] = counts
		for _, row := range units[unit] {
			all.add(s, row, to == 0)
			if to < 2 {
				half.add(s, row, to == 0)
			}
		}
	}
	return half, all
}

func (p *partOf) add(s *study, row int, held bool) {
	p.rows, p.labels = append(p.rows, row), append(p.labels, s.labels[row])
	p.groups, p.held = append(p.groups, s.units[row]), append(p.held, held)
}
