// Package lda fits linear discriminant analysis with a shrunk covariance: every
// class is a normal distribution around its mean, and all share one covariance.
// It has no iterations and nothing to tune, and does well with few images.
//
// Features are divided by their standard deviation within classes, after these
// variances are shrunk towards their median. The covariance of the scaled
// features is shrunk towards the identity, by the share of Ledoit and Wolf (A
// well-conditioned estimator for large-dimensional covariance matrices, 2004).
// The result equals scikit-learn's LinearDiscriminantAnalysis(solver="lsqr",
// shrinkage=s) on the scaled features, s being ledoit_wolf_shrinkage of the rows
// less their classes' means.
//
// With few rows for their features, everything is computed in the space that the
// rows span, by Woodbury's identity and in float64. With more, products of
// features are float32 and added up in float64, once for each fold: every fit
// but one leaves a fold out.
package lda

import (
	"context"
	"errors"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/digitalinnovationone/headstart/internal/matrix"
)

// Problem is the training data. The rows hold finite numbers; there are as many
// labels and weights as rows. Neither is checked.
type Problem struct {
	X       matrix.Float32
	Labels  []int // the class of each row, 0 … Classes-1
	Classes int
	// Weights says how much each row counts, 0 or more; nil means 1 each.
	Weights []float64
}

// Model gives logits: Weights·row + Offsets, for a row as it is stored.
type Model struct {
	Weights   []float32 // classes × dim
	Offsets   []float32 // classes
	Shrinkage float64   // share of the shrunk covariance that is the diagonal, minShrinkage to 1
}

// ErrNoVariance says that no feature varies within any class, as where each has
// one row.
var ErrNoVariance = errors.New("no feature varies within a class")

// ErrOverflow says that numbers were no longer finite.
var ErrOverflow = errors.New("embeddings are too large, or too near to zero, for float32 arithmetic")

const (
	// minShrinkage keeps the covariance invertible.
	minShrinkage = 1e-4

	// absentMass is the number of rows that a class without rows is assumed to
	// have, at the mean of all: it is unlikely, but not impossible.
	absentMass = 0.5

	// wideness is the ratio of features to rows from which it is faster to work
	// with the rows than with the products of features. A copy of the rows then
	// takes no more memory than the products would.
	wideness = 2
)

// All is the fold of Fit that leaves out no rows.
const All = -1

// Trainer fits to the rows of one Problem.
type Trainer struct {
	problem  Problem
	folds    [][]int // of positive weight
	scatters *scatters
}

// New reads the rows. folds holds the rows that each fold leaves out, in
// ascending order; every row is in one, or there are no folds. Its errors are
// those of ctx and ErrOverflow.
func New(ctx context.Context, p Problem, folds [][]int) (*Trainer, error) {
	t := &Trainer{problem: p}
	for _, rows := range folds {
		t.folds = append(t.folds, p.weighty(rows))
	}
	if rows := t.rows(All); wideness*len(rows) > p.X.Dim() {
		var err error
		if t.scatters, err = newScatters(ctx, &t.problem, rows, t.folds); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// rows lists those that Fit learns from.
func (t *Trainer) rows(fold int) []int {
	held := map[int]bool{}
	if fold != All {
		for _, row := range t.folds[fold] {
			held[row] = true
		}
	}
	var rows []int
	for row := range t.problem.X.Len() {
		if t.problem.weight(row) > 0 && !held[row] {
			rows = append(rows, row)
		}
	}
	return rows
}

// Fit fits to all rows but those of one fold, or to All. Its errors are those of
// ctx, ErrNoVariance and ErrOverflow.
func (t *Trainer) Fit(ctx context.Context, fold int) (*Model, error) {
	rows := t.rows(fold)
	s := summarise(ctx, &t.problem, rows)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if s.varying == 0 {
		return nil, ErrNoVariance
	}
	inverse, err := t.solver(ctx, s, rows, fold)
	if err != nil {
		return nil, err
	}
	shrinkage := ledoitWolf(inverse.squaredNorm(), s)
	weights, err := inverse.solve(ctx, s.scaledMeans(), shrinkage)
	if err != nil {
		return nil, err
	}
	m := s.model(weights, shrinkage)
	if !matrix.Finite(m.Weights) {
		return nil, ErrOverflow
	}
	return m, nil
}

func (t *Trainer) solver(ctx context.Context, s *summary, rows []int, fold int) (solver, error) {
	if t.scatters == nil {
		return newWide(ctx, &t.problem, s, rows)
	}
	return t.scatters.tall(ctx, s, fold)
}

// A solver knows the within-class scatter S = Σ z·zᵀ of standardised rows.
type solver interface {
	// squaredNorm is the square of the Frobenius norm of S.
	squaredNorm() float64
	// solve returns means·R⁻¹ for R = (1−shrinkage)·S/n + shrinkage·I. Its errors
	// are those of ctx and ErrOverflow.
	solve(ctx context.Context, means *mat.Dense, shrinkage float64) (*mat.Dense, error)
}

// ledoitWolf returns the share of the identity in the shrunk covariance. The
// mean variance is 1, as rows are standardised.
func ledoitWolf(squaredNorm float64, s *summary) float64 {
	n, p := s.mass, float64(s.varying)
	spread := squaredNorm/(n*n) - p
	noise := (s.fourth/n - squaredNorm/(n*n)) / n
	if spread <= 0 {
		return 1
	}
	return min(max(noise/spread, minShrinkage), 1)
}

// model turns weights for standardised rows into weights for rows as stored.
func (s *summary) model(weights *mat.Dense, shrinkage float64) *Model {
	classes, dim := len(s.mean), len(s.centre)
	m := &Model{
		Weights:   make([]float32, classes*dim),
		Offsets:   make([]float32, classes),
		Shrinkage: shrinkage,
	}
	total := s.mass
	for _, mass := range s.classMass {
		if mass == 0 {
			total += absentMass
		}
	}
	for k := range classes {
		mass := s.classMass[k]
		if mass == 0 {
			mass = absentMass
		}
		offset := math.Log(mass / total)
		for j := range dim {
			w := weights.At(k, j) * s.inverse[j]
			m.Weights[k*dim+j] = float32(w)
			offset -= w * (s.centre[j] + (s.mean[k][j]-s.centre[j])/2)
		}
		m.Offsets[k] = float32(offset)
	}
	return m
}
