// Package tsne puts points on a plane so that neighbours stay neighbours: t-SNE (van
// der Maaten, Hinton: Visualizing data using t-SNE, 2008). It is for a few thousand
// points: all pairs repel each other, and each is attracted by its neighbours alone
// (van der Maaten: Accelerating t-SNE using tree-based algorithms, 2014, section 4.1).
package tsne

import (
	"cmp"
	"context"
	"math"
	"slices"
	"sync"

	"gonum.org/v1/gonum/floats"
)

// Perplexity is about how many neighbours count for each of n points: 30, fewer of
// few points.
func Perplexity(n int) float64 { return min(30, float64(n-1)/3) }

// The schedule is that of the 2008 paper. The exaggeration of neighbours in the first
// iterations is that of the 2014 paper, and the step width that of Belkina et al.:
// Automated optimized parameters for T-distributed stochastic neighbor embedding, 2019.
const (
	iterations   = 750
	early        = 250
	exaggeration = 12
	leastGain    = 0.01
)

// Embed returns a place for each of the points, which have coordinates in as many
// dimensions as they like. It begins at start, such as the first two principal
// components (Kobak, Berens: The art of using t-SNE for single-cell transcriptomics,
// 2019), so that nothing is left to chance: the result does not depend on workers.
// There must be at least 4 points. Its error is that of ctx.
func Embed(ctx context.Context, points [][]float64, start [][2]float64, workers int) ([][2]float64, error) {
	n := len(points)
	e := &embedding{workers: workers, place: scaled(start), repulsion: make([][2]float64, n), sums: make([]float64, n)}
	var err error
	if e.near, err = affinities(ctx, points, workers); err != nil {
		return nil, err
	}
	step := max(float64(n)/exaggeration/4, 50)
	velocity, gains := make([][2]float64, n), make([][2]float64, n)
	for i := range gains {
		gains[i] = [2]float64{1, 1}
	}
	for t := range iterations {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		momentum, factor := 0.8, 1.0
		if t < early {
			momentum, factor = 0.5, exaggeration
		}
		e.repel()
		total := floats.Sum(e.sums)
		var mean [2]float64
		for i := range n {
			gradient := e.gradient(i, factor, total)
			for k, g := range gradient {
				if (g > 0) == (velocity[i][k] > 0) {
					gains[i][k] = max(0.8*gains[i][k], leastGain)
				} else {
					gains[i][k] += 0.2
				}
				velocity[i][k] = momentum*velocity[i][k] - step*gains[i][k]*g
			}
		}
		for i := range n {
			for k := range mean {
				e.place[i][k] += velocity[i][k]
				mean[k] += e.place[i][k] / float64(n)
			}
		}
		for i := range n {
			e.place[i][0] -= mean[0]
			e.place[i][1] -= mean[1]
		}
	}
	return e.place, nil
}

// scaled returns the start with a standard deviation of 1e-4 in its first coordinate.
func scaled(start [][2]float64) [][2]float64 {
	var squares float64
	for _, p := range start {
		squares += p[0] * p[0]
	}
	by := 1.0
	if squares > 0 {
		by = 1e-4 / math.Sqrt(squares/float64(len(start)))
	}
	place := make([][2]float64, len(start))
	for i, p := range start {
		place[i] = [2]float64{by * p[0], by * p[1]}
	}
	return place
}

// An embedding is the points on their way.
type embedding struct {
	workers   int
	near      [][]neighbour
	place     [][2]float64
	repulsion [][2]float64 // of each point, Σ q²·(difference), q not normalised
	sums      []float64    // of each point, Σ q
}

// repel computes how all points repel each other.
func (e *embedding) repel() {
	each(e.workers, len(e.place), func(i int) {
		x, y := e.place[i][0], e.place[i][1]
		var sum, fx, fy float64
		for _, other := range e.place {
			dx, dy := x-other[0], y-other[1]
			q := 1 / (1 + dx*dx + dy*dy)
			sum += q
			q *= q
			fx += q * dx
			fy += q * dy
		}
		e.repulsion[i], e.sums[i] = [2]float64{fx, fy}, sum-1 // itself
	})
}

// gradient is that of the Kullback-Leibler divergence at a point (2008, equation 5).
func (e *embedding) gradient(i int, factor, total float64) [2]float64 {
	fx, fy := -e.repulsion[i][0]/total, -e.repulsion[i][1]/total
	for _, of := range e.near[i] {
		dx, dy := e.place[i][0]-e.place[of.point][0], e.place[i][1]-e.place[of.point][1]
		pull := factor * of.p / (1 + dx*dx + dy*dy)
		fx += pull * dx
		fy += pull * dy
	}
	return [2]float64{4 * fx, 4 * fy}
}

// A neighbour of a point, with the probability of the pair.
type neighbour struct {
	point int
	p     float64
}

// affinities returns each point's neighbours, in ascending order: the probabilities of
// all pairs, each counted from both sides, add up to 1.
func affinities(ctx context.Context, points [][]float64, workers int) ([][]neighbour, error) {
	n := len(points)
	perplexity := Perplexity(n)
	wanted := min(n-1, int(3*perplexity))
	oneSided := make([][]neighbour, n)
	each(workers, n, func(i int) {
		if ctx.Err() != nil {
			return
		}
		all := make([]neighbour, 0, n-1) // p holds the squared distance at first
		for j := range points {
			if j != i {
				d := floats.Distance(points[i], points[j], 2)
				all = append(all, neighbour{j, d * d})
			}
		}
		slices.SortFunc(all, func(a, b neighbour) int { return cmp.Or(cmp.Compare(a.p, b.p), a.point-b.point) })
		oneSided[i] = slices.Clone(all[:wanted])
		conditional(oneSided[i], math.Log(perplexity))
	})
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	both := make([]map[int]float64, n)
	for i := range both {
		both[i] = make(map[int]float64, 2*wanted)
	}
	for i, near := range oneSided {
		for _, of := range near {
			both[i][of.point] += of.p / float64(2*n)
			both[of.point][i] += of.p / float64(2*n)
		}
	}
	symmetric := make([][]neighbour, n)
	for i, near := range both {
		for point, p := range near {
			symmetric[i] = append(symmetric[i], neighbour{point, p})
		}
		slices.SortFunc(symmetric[i], func(a, b neighbour) int { return a.point - b.point })
	}
	return symmetric, nil
}

// conditional replaces squared distances by the probabilities of a Gaussian that is
// as wide as makes their entropy the one wanted.
func conditional(near []neighbour, entropy float64) {
	nearest := near[0].p // taken away from all, so that no exponential is lost
	spread := near[len(near)-1].p - nearest
	if spread == 0 {
		spread = 1 // all are as near
	}
	precision, low, high := 1/spread, 0.0, math.Inf(1)
	for precision*spread < 1e9 { // beyond it only those as near as the nearest count, and they are too many
		var sum, weighted float64
		for _, of := range near {
			d := of.p - nearest
			w := math.Exp(-precision * d)
			sum += w
			weighted += w * d
		}
		off := math.Log(sum) + precision*weighted/sum - entropy
		if math.Abs(off) < 1e-5 {
			break
		}
		if off > 0 {
			low = precision
		} else {
			high = precision
		}
		if precision = 2 * low; !math.IsInf(high, 1) {
			precision = (low + high) / 2
		}
	}
	var sum float64
	for i := range near {
		near[i].p = math.Exp(-precision * (near[i].p - nearest))
		sum += near[i].p
	}
	for i := range near {
		near[i].p /= sum
	}
}

// each calls task for 0 to n-1, in as many goroutines as there are workers.
func each(workers, n int, task func(i int)) {
	var running sync.WaitGroup
	for w := range workers {
		running.Go(func() {
			for i := w * n / workers; i < (w+1)*n/workers; i++ {
				task(i)
			}
		})
	}
	running.Wait()
}
