package neardup

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/digitalinnovationone/headstart/internal/matrix"
)

// benchRows are rows like embeddings: none is negative, and every tenth is another
// with a little noise.
func benchRows(n, dim int) matrix.Dense {
	r := rand.New(rand.NewPCG(5, 6))
	m := matrix.New(n, dim)
	for i := range n {
		row := m.Row(i)
		if i%10 == 9 {
			copy(row, m.Row(i-1))
			for d := range row {
				row[d] += 0.05 * r.Float32()
			}
			continue
		}
		for d := range row {
			row[d] = max(0, float32(r.NormFloat64()))
		}
	}
	return m
}

// benchPrints are smooth pictures, copied likewise.
func benchPrints(n int) Prints {
	r := rand.New(rand.NewPCG(7, 8))
	all := make([][]byte, n)
	for i := range all {
		all[i] = make([]byte, area)
		if i%10 == 9 {
			for at, v := range all[i-1] {
				all[i][at] = v&^1 | byte(r.IntN(2))
			}
			continue
		}
		var corners [5][5]float64
		for y := range corners {
			for x := range corners[y] {
				corners[y][x] = 255 * r.Float64()
			}
		}
		for at := range all[i] {
			x, y := float64(at%Side)/8, float64(at/Side)/8
			cx, cy := int(x), int(y)
			fx, fy := x-float64(cx), y-float64(cy)
			top := corners[cy][cx]*(1-fx) + corners[cy][cx+1]*fx
			bottom := corners[cy+1][cx]*(1-fx) + corners[cy+1][cx+1]*fx
			all[i][at] = byte(top*(1-fy) + bottom*fy)
		}
	}
	return func(_ context.Context, rows []int) ([][]byte, error) {
		some := make([][]byte, len(rows))
		for k, i := range rows {
			some[k] = all[i]
		}
		return some, nil
	}
}

func BenchmarkFind(b *testing.B) {
	for _, n := range []int{10_000, 30_000, 100_000} {
		m, prints := benchRows(n, 1280), benchPrints(n)
		for _, flipped := range []bool{false, true} {
			b.Run(fmt.Sprintf("rows=%d/flipped=%v", n, flipped), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					r, err := Find(b.Context(), m, prints, Options{Flipped: flipped})
					if err != nil {
						b.Fatal(err)
					}
					b.ReportMetric(float64(len(r.Groups)), "groups")
				}
			})
		}
	}
}

// Half of the images are copies of one, or all are of one kind.
func BenchmarkFindAlike(b *testing.B) {
	const n = 20_000
	for name, kind := range map[string]bool{"copies": false, "kind": true} {
		r := rand.New(rand.NewPCG(9, 10))
		rows, prints := benchRows(n, 1280), make([][]byte, n)
		first, noise := newPicture(r).print(0, 0, 1, 1, false), 2
		if kind {
			noise = 60
		}
		for i := range n {
			if i%2 > 0 && !kind {
				prints[i] = newPicture(r).print(0, 0, 1, 1, false)
				continue
			}
			for d, v := range rows.Row(0) {
				rows.Row(i)[d] = v + 0.1*r.Float32()
			}
			prints[i] = slices.Clone(first)
			for at := range prints[i] {
				prints[i][at] = byte(min(255, int(first[at])+r.IntN(noise)))
			}
		}
		take := func(_ context.Context, rows []int) ([][]byte, error) { return prints[:len(rows)], nil }
		b.Run(fmt.Sprintf("%s/rows=%d", name, n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r, err := Find(b.Context(), rows, take, Options{})
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(len(r.Groups)), "groups")
				b.ReportMetric(float64(len(r.Pairs)), "pairs")
			}
		})
	}
}

func BenchmarkAlign(b *testing.B) {
	r := rand.New(rand.NewPCG(9, 10))
	p := newPicture(r)
	whole, crop := newThumbnail(p.print(0, 0, 1, 1, false)), newThumbnail(p.print(0.05, 0, 0.95, 1, false))
	other := newThumbnail(newPicture(r).print(0, 0, 1, 1, false))
	var al aligner
	for name, second := range map[string]*thumbnail{"crop": crop, "other": other} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				al.align(whole, second)
			}
		})
	}
}
