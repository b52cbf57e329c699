package logistic

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"github.com/digitalinnovationone/headstart/head/internal/kernel"
	"github.com/digitalinnovationone/headstart/internal/matrix"
)

// A scaler transforms features to z = (factor·x − mean) / scale; a Problem's own
// scale is in factor and in the divisor. It is never
// applied to a row; it is folded into the weights instead, so that rows are used
// as they are stored.
//
// The mean is always subtracted. As the offset is not penalised, that changes no
// fit, but without it the offset and the weights would depend on each other.
type scaler struct {
	factor []float64 // of each row; nil: 1
	mean   []float64
	scale  []float64 // +Inf for a constant feature: its weight stays 0
	// variance is the sum of z's variances.
	variance float64
	spread   []float64 // z's variances, where Problem.Principal is set
}

// fitScaler reads the given rows of p. It is incomplete once ctx is done.
func fitScaler(ctx context.Context, p *Problem, rows []int, w workers) scaler {
	dim := p.X.Dim()
	s := scaler{mean: make([]float64, dim), scale: make([]float64, dim)}
	if p.Unit {
		s.factor = unitFactors(ctx, p.X, p.Scale, w)
	}
	s.moments(ctx, p, rows, w)
	if p.Principal > 0 {
		s.spread = slices.Clone(s.scale)
	}
	for j, variance := range s.scale {
		by := 1.0
		if p.Scale != nil {
			by = p.Scale[j]
		}
		switch {
		case !p.Standardise:
			s.scale[j] = 1 / by
			s.variance += variance * by * by
		case isConstant(s.mean[j], variance, float64(len(rows))):
			s.scale[j] = math.Inf(1)
		default:
			s.scale[j] = math.Sqrt(variance) / by
			s.variance += by * by
		}
	}
	return s
}

// moments stores the mean and, in scale, the population variance
// of each column.
func (s *scaler) moments(ctx context.Context, p *Problem, rows []int, w workers) {
	// One pass is enough, as the mean of some rows is so near that of all that
	// the squares of the differences lose no precision.
	const some = 256
	dim := p.X.Dim()
	near, zeros, ignored := make([]float64, dim), make([]float64, dim), make([]float64, dim)
	step := max(1, len(rows)/some)
	for i := 0; i < len(rows); i += step {
		kernel.AddMoments(near, ignored, zeros, p.X.Row(rows[i]), s.rowFactor(rows[i]))
	}
	floats.Scale(1/float64((len(rows)+step-1)/step), near)

	const shares = 16
	sums, squares := matrix.Table[float64](shares, dim), matrix.Table[float64](shares, dim)
	w.each(shares, func(i int) {
		share := rows[i*len(rows)/shares : (i+1)*len(rows)/shares]
		for group := range slices.Chunk(share, kernel.Rows*groupBlocks) {
			if ctx.Err() != nil {
				return
			}
			for from := 0; from < dim; from += columnBlock {
				to := min(from+columnBlock, dim)
				for _, row := range group {
					part := p.X.Row(row)[from:to]
					kernel.AddMoments(sums[i][from:to], squares[i][from:to], near[from:to], part, s.rowFactor(row))
				}
			}
		}
	})
	for i := 1; i < shares; i++ {
		floats.Add(sums[0], sums[i])
		floats.Add(squares[0], squares[i])
	}
	n := float64(len(rows))
	for j := range near {
		shift := sums[0][j] / n
		s.mean[j] = near[j] + shift
		s.scale[j] = squares[0][j]/n - shift*shift
	}
}

// isConstant reports whether a variance is no more than the rounding error made
// in computing it, by the bound of scikit-learn's _is_constant_feature (Chan,
// Golub, LeVeque: Algorithms for computing the sample variance, 1983).
func isConstant(mean, variance, n float64) bool {
	const epsilon = 0x1p-52
	rounding := n * mean * epsilon
	return variance <= n*epsilon*variance+rounding*rounding
}

func unitFactors(ctx context.Context, x matrix.Float32, scale []float64, w workers) []float64 {
	factor := make([]float64, x.Len())
	const group = 256
	w.each((x.Len()+group-1)/group, func(g int) {
		if ctx.Err() != nil {
			return
		}
		for i := g * group; i < min((g+1)*group, x.Len()); i++ {
			var sum float64
			for j, v := range x.Row(i) {
				v := float64(v)
				if scale != nil {
					v *= scale[j]
				}
				sum += v * v
			}
			factor[i] = 1
			if sum > 0 {
				factor[i] = 1 / math.Sqrt(sum)
			}
		}
	})
	return factor
}

func (s *scaler) rowFactor(row int) float64 {
	if s.factor == nil {
		return 1
	}
	return s.factor[row]
}

// fold sets weights and offsets so that weights·(factor·x) + offsets is W·z + b.
func (s *scaler) fold(w, b []float64, weights []float32, offsets []float64) {
	dim := len(s.mean)
	for k := range offsets {
		offsets[k] = b[k]
		for j := range dim {
			v := float32(w[k*dim+j] / s.scale[j])
			weights[k*dim+j] = v
			// By the rounded weight: otherwise its rounding error would be
			// multiplied by the mean.
			offsets[k] -= float64(v) * s.mean[j]
		}
	}
}

// unfold stores Σ residual ⊗ z, given Σ residual·factor ⊗ x and Σ residual.
func (s *scaler) unfold(sums, residuals, dst []float64) {
	dim := len(s.mean)
	for k, residual := range residuals {
		for j := range dim {
			dst[k*dim+j] = (sums[k*dim+j] - residual*s.mean[j]) / s.scale[j]
		}
	}
}
