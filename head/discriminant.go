package head

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/digitalinnovationone/headstart/head/internal/grouping"
)

// discriminant makes the map of that name from principal components of the given
// rows, or returns nil where it makes no sense. Half of the groups are fitted to.
func discriminant(scores *mat.Dense, rows, labels []int, opt MapOptions) *Map {
	chosen := make([]int, len(rows))
	var groups []int
	for i, row := range rows {
		chosen[i] = labels[row]
		if opt.Groups != nil {
			groups = append(groups, opt.Groups[row])
		}
	}
	classes := slices.Clone(chosen)
	slices.Sort(classes)
	classes = slices.Compact(classes)
	if len(classes) < 2 || len(classes) > mostToPart {
		return nil
	}
	for i, label := range chosen {
		chosen[i], _ = slices.BinarySearch(classes, label)
	}
	fitted := make([]bool, len(rows))
	held := make([]int, len(classes)) // rows of each class that are not fitted to
	for _, i := range stratifiedFolds(chosen, groups, len(classes), 2, opt.Seed)[0] {
		fitted[i] = true
	}
	counts := make([]float64, len(classes))
	for i, label := range chosen {
		if fitted[i] {
			counts[label]++
		} else {
			held[label]++
		}
	}
	if slices.Min(counts) == 0 || slices.Min(held) == 0 {
		return nil
	}
	independent := 0
	for _, group := range grouping.Rows(groups, len(rows)) {
		if fitted[group[0]] {
			independent++
		}
	}
	_, width := scores.Dims()
	width = min(width, max(1, independent/4)) // directions that so few images tell something of
	points := part(mat.DenseCopyOf(scores.Slice(0, len(rows), 0, width)), chosen, fitted, counts)
	if points == nil {
		return nil
	}
	return &Map{Method: MapDiscriminant, Points: points, Fitted: fitted}
}

// part returns the coordinates of all rows along the directions that part the fitted
// ones' classes best, in units of the standard deviation within classes. It returns
// nil if nothing varies within classes.
func part(scores *mat.Dense, labels []int, fitted []bool, counts []float64) [][2]float64 {
	n, width := scores.Dims()
	centres := mat.NewDense(len(counts), width, nil)
	var total float64
	for i, label := range labels {
		if fitted[i] {
			for j, v := range scores.RawRowView(i) {
				centres.Set(label, j, centres.At(label, j)+v/counts[label])
			}
			total++
		}
	}
	within, between := mat.NewSymDense(width, nil), mat.NewSymDense(width, nil)
	mean := mat.NewVecDense(width, nil)
	for k, count := range counts {
		mean.AddScaledVec(mean, count/total, centres.RowView(k))
	}
	var apart mat.VecDense
	for k, count := range counts {
		apart.SubVec(centres.RowView(k), mean)
		between.SymRankOne(between, count/total, &apart)
	}
	for i, label := range labels {
		if fitted[i] {
			apart.SubVec(scores.RowView(i), centres.RowView(label))
			within.SymRankOne(within, 1/total, &apart)
		}
	}
	// A little of the same variance in all directions keeps those that hardly vary
	// among the fitted ones from winning by chance.
	const shrinkage = 0.1
	even := shrinkage * mat.Trace(within) / float64(width)
	within.ScaleSym(1-shrinkage, within)
	for j := range width {
		within.SetSym(j, j, within.At(j, j)+even)
	}
	var root mat.Cholesky
	if !(even > 0) || !root.Factorize(within) {
		return nil
	}
	var lower mat.TriDense
	root.LTo(&lower)
	// Rows whitened by the inverse of the Cholesky factor have the identity as their
	// scatter within classes, and then the directions are eigenvectors of the one
	// between them.
	var white, inner mat.Dense
	if white.Solve(&lower, scores.T()) != nil || inner.Solve(&lower, between) != nil || inner.Solve(&lower, inner.T()) != nil {
		return nil
	}
	directions := eigenvectors(&inner)
	first := mat.Col(nil, width-1, directions)
	var second []float64
	if len(counts) > 2 && width > 1 {
		second = mat.Col(nil, width-2, directions)
	} else {
		second = widestBesides(&white, first)
	}
	points := make([][2]float64, n)
	for i := range points {
		for j := range width {
			points[i][0] += first[j] * white.At(j, i)
			points[i][1] += second[j] * white.At(j, i)
		}
	}
	return upright(points)
}

// widestBesides returns the direction at right angles to another in which the columns
// vary most.
func widestBesides(columns *mat.Dense, other []float64) []float64 {
	width, n := columns.Dims()
	rest := mat.DenseCopyOf(columns)
	for i := range n {
		var along float64
		for j, v := range other {
			along += v * columns.At(j, i)
		}
		for j, v := range other {
			rest.Set(j, i, columns.At(j, i)-along*v)
		}
	}
	var scatter mat.Dense
	scatter.Mul(rest, rest.T())
	return mat.Col(nil, width-1, eigenvectors(&scatter))
}

// eigenvectors returns those of a matrix that is symmetric but for rounding, as
// columns, by ascending eigenvalues.
func eigenvectors(m *mat.Dense) *mat.Dense {
	n, _ := m.Dims()
	symmetric := mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			symmetric.SetSym(i, j, (m.At(i, j)+m.At(j, i))/2)
		}
	}
	var eigen mat.EigenSym
	eigen.Factorize(symmetric, true)
	vectors := new(mat.Dense)
	eigen.VectorsTo(vectors)
	return vectors
}

// upright turns each axis so that the point farthest from 0 is on its positive side.
func upright(points [][2]float64) [][2]float64 {
	for k := range 2 {
		farthest := 0.0
		for _, p := range points {
			if math.Abs(p[k]) > math.Abs(farthest) {
				farthest = p[k]
			}
		}
		if farthest < 0 {
			for i := range points {
				points[i][k] = -points[i][k]
			}
		}
	}
	return points
}
