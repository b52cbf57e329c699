package tsne

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// clouds draws points around centres far apart in many dimensions.
func clouds(n, count, dim int) (points [][]float64, cloud []int, start [][2]float64) {
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		at := i % count
		p := make([]float64, dim)
		for j := range p {
			p[j] = rng.NormFloat64()
		}
		p[at] += 10
		points, cloud, start = append(points, p), append(cloud, at), append(start, [2]float64{p[0], p[1]})
	}
	return points, cloud, start
}

func TestCloudsStayTogether(t *testing.T) {
	points, cloud, start := clouds(200, 5, 20)
	places, err := Embed(t.Context(), points, start, 2)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range places {
		nearest, least := -1, math.Inf(1)
		for j, q := range places {
			if d := math.Hypot(p[0]-q[0], p[1]-q[1]); j != i && d < least {
				nearest, least = j, d
			}
		}
		if cloud[nearest] != cloud[i] {
			t.Errorf("point %d of cloud %d is beside one of cloud %d", i, cloud[i], cloud[nearest])
		}
	}
	again, err := Embed(t.Context(), points, start, 5)
	if err != nil || !slices.Equal(again, places) {
		t.Error("five workers give other places than two")
	}
}

// Each point's neighbours have the perplexity that was asked for.
func TestPerplexity(t *testing.T) {
	near := make([]neighbour, 90)
	for i := range near {
		near[i] = neighbour{i, 3 + float64(i*i)/100}
	}
	conditional(near, math.Log(30))
	var entropy, sum float64
	for _, of := range near {
		entropy -= of.p * math.Log(of.p)
		sum += of.p
	}
	if math.Abs(math.Exp(entropy)-30) > 0.01 || math.Abs(sum-1) > 1e-12 {
		t.Errorf("perplexity %g, sum %g", math.Exp(entropy), sum)
	}
}

// The gradient is the slope of the divergence.
func TestGradient(t *testing.T) {
	points, _, start := clouds(12, 3, 4)
	near, err := affinities(t.Context(), points, 1)
	if err != nil {
		t.Fatal(err)
	}
	e := &embedding{workers: 1, near: near, place: start, repulsion: make([][2]float64, 12), sums: make([]float64, 12)}
	divergence := func() float64 {
		e.repel()
		var total, sum float64
		for _, s := range e.sums {
			total += s
		}
		for i, near := range e.near {
			for _, of := range near {
				dx, dy := e.place[i][0]-e.place[of.point][0], e.place[i][1]-e.place[of.point][1]
				sum += of.p * math.Log(of.p*total*(1+dx*dx+dy*dy))
			}
		}
		return sum
	}
	const h = 1e-5
	for i := range e.place {
		for k := range 2 {
			divergence()
			var total float64
			for _, s := range e.sums {
				total += s
			}
			got := e.gradient(i, 1, total)[k]
			e.place[i][k] += h
			up := divergence()
			e.place[i][k] -= 2 * h
			down := divergence()
			e.place[i][k] += h
			if want := (up - down) / (2 * h); math.Abs(got-want) > 1e-6 {
				t.Errorf("point %d, coordinate %d: %g, want %g", i, k, got, want)
			}
		}
	}
}

func TestEqualPointsAndCancel(t *testing.T) {
	points, start := make([][]float64, 10), make([][2]float64, 10)
	for i := range points {
		points[i], start[i] = []float64{1, 2}, [2]float64{float64(i), 0}
	}
	places, err := Embed(t.Context(), points, start, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range places {
		if math.IsNaN(p[0] + p[1]) {
			t.Fatal("not a number")
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Embed(ctx, points, start, 1); err != context.Canceled {
		t.Error(err)
	}
}

func BenchmarkEmbed(b *testing.B) {
	points, _, start := clouds(2000, 10, 50)
	for b.Loop() {
		if _, err := Embed(b.Context(), points, start, 2); err != nil {
			b.Fatal(err)
		}
	}
}
