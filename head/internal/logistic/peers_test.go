//go:build unix

package logistic

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/digitalinnovationone/headstart/internal/matrix"
)

var (
	problemFolder = flag.String("problem", "", "folder with x, float32 row by row, and y, int32")
	problemC      = flag.Float64("c", 1, "C to fit with")
	problemRaw    = flag.Bool("raw", false, "do not standardise")
	cpuTime       = flag.Bool("cpu-time", false, "measure processor time")
	problemPath   = flag.String("path", "[]", "values of C to cross-validate, as JSON")
)

// BenchmarkPeers is headstart's side of scripts/bench_heads.py, which says what
// is measured and reads the line of JSON that this prints.
func BenchmarkPeers(b *testing.B) {
	if *problemFolder == "" {
		b.Skip("run by scripts/bench_heads.py")
	}
	var cs []float64
	if err := json.Unmarshal([]byte(*problemPath), &cs); err != nil {
		b.Fatal(err)
	}
	p := readProblem(b, *problemFolder)
	var result map[string]any
	for b.Loop() {
		if len(cs) > 0 {
			result = timePath(b, p, cs)
		} else {
			result = timeFit(b, p, *problemC)
		}
	}
	line, err := json.Marshal(result)
	if err != nil {
		b.Fatal(err)
	}
	fmt.Printf("\n%s\n", line)
}

func timePath(b *testing.B, p Problem, cs []float64) map[string]any {
	folds := make([][]int, 5)
	for i := range p.Labels {
		folds[i%5] = append(folds[i%5], i)
	}
	start := clock()
	trainer, err := New(context.Background(), p)
	if err != nil {
		b.Fatal(err)
	}
	cv, err := trainer.CrossValidate(context.Background(), folds, byLogLoss(trainer, folds), cs, Rival{})
	if err != nil {
		b.Fatal(err)
	}
	return map[string]any{"path_seconds": (clock() - start).Seconds(), "path": cv.Path}
}

// timeFit takes the loosest tolerance, by factors of 2, that brings the
// objective near enough to the optimum.
func timeFit(b *testing.B, p Problem, c float64) map[string]any {
	fit := func(tolerance float64) (Solver, time.Duration) {
		start := clock()
		trainer, err := New(context.Background(), p)
		if err != nil {
			b.Fatal(err)
		}
		m, err := trainer.fit(context.Background(), c, nil, tolerance)
		if err != nil {
			b.Fatal(err)
		}
		return m.Solver, clock() - start
	}
	best, _ := fit(1e-5)
	usual, whole := fit(fitTolerance)
	for tolerance := 0.1; ; tolerance /= 2 {
		s, took := fit(tolerance)
		if gap := s.Objective/best.Objective - 1; gap <= 1e-5 {
			return map[string]any{
				"best": best.Objective, "seconds": took.Seconds(), "iterations": s.Iterations, "gap": gap,
				"usual_seconds": whole.Seconds(), "usual": usual, "best_solver": best, "tolerance": tolerance,
			}
		}
	}
}

// clock returns what has passed since some point in time.
func clock() time.Duration {
	if !*cpuTime {
		return time.Since(began)
	}
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

var began = time.Now()

func readProblem(b *testing.B, folder string) Problem {
	p := Problem{Standardise: !*problemRaw, Workers: runtime.GOMAXPROCS(0)}
	for _, label := range mapNumbers[int32](b, filepath.Join(folder, "y")) {
		p.Labels = append(p.Labels, int(label))
		p.Classes = max(p.Classes, int(label)+1)
	}
	x := mapNumbers[float32](b, filepath.Join(folder, "x"))
	p.X = matrix.Dense{Data: x, Cols: len(x) / len(p.Labels)}
	return p
}
