package kernel

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// eachKernel runs a test with the processor's kernels, where there are any, and
// with those in Go.
func eachKernel(t *testing.T, test func(t *testing.T)) {
	if haveAVX2 {
		t.Run("vectors", test)
	}
	defer Plain()()
	t.Run("plain", test)
}

func TestKernels(t *testing.T) { eachKernel(t, testKernels) }

// testKernels compares with sums in float64, for lengths that do and do not
// fill the vectors, and sees that nothing beside the result is touched.
func testKernels(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	draw := func(n int) []float32 {
		v := make([]float32, n)
		for i := range v {
			v[i] = float32(rng.NormFloat64())
		}
		return v
	}
	for _, n := range []int{1, 7, 8, 9, 31, 64, 200} {
		stride := n + 5
		w, sums := draw(3*stride), draw(3*stride)
		before := append([]float32(nil), sums...)
		var rows [4][]float32
		for r := range rows {
			rows[r] = draw(n)
		}
		var out, by [12]float32
		copy(by[:], draw(12))
		Dot(&out, &rows, w, stride)
		Add(sums, stride, &by, &rows)
		checkSingle(t, &rows, &by, &out, w, before, sums)
		for c := range 3 {
			for j := range stride {
				want := float64(before[c*stride+j])
				for r := range rows {
					if j < n {
						want += float64(by[4*c+r]) * float64(rows[r][j])
					}
				}
				if e := math.Abs(float64(sums[c*stride+j]) - want); e > 1e-5 {
					t.Errorf("length %d: sum %d of output %d is wrong by %g", n, j, c, e)
				}
			}
			for r, row := range rows {
				var want float64
				for j, v := range row {
					want += float64(v) * float64(w[c*stride+j])
				}
				if e := math.Abs(float64(out[4*c+r]) - want); e > 1e-4 {
					t.Errorf("length %d: product of row %d and output %d is wrong by %g", n, r, c, e)
				}
			}
		}
		total := make([]float64, n)
		src := draw(n)
		want := append([]float32(nil), src...)
		Flush(total, src)
		for j := range total {
			if total[j] != float64(want[j]) || src[j] != 0 {
				t.Errorf("length %d: flushed %g as %g, leaving %g", n, want[j], total[j], src[j])
			}
		}
	}
}

// checkSingle sees that the first of three outputs is the same alone.
func checkSingle(t *testing.T, rows *[4][]float32, by, out *[12]float32, w, before, sums []float32) {
	t.Helper()
	var products [4]float32
	DotOne(&products, rows, w)
	for r, v := range products {
		if e := math.Abs(float64(v - out[r])); e > 1e-4 {
			t.Errorf("length %d: product of row %d and a single output is wrong by %g", len(rows[0]), r, e)
		}
	}
	single := slices.Clone(before)
	AddOne(single, (*[4]float32)(by[:]), rows)
	for j := range len(rows[0]) + 5 {
		if e := math.Abs(float64(single[j] - sums[j])); e > 1e-5 {
			t.Errorf("length %d: sum %d of a single output is wrong by %g", len(rows[0]), j, e)
		}
	}
}

func TestMomentsAreThoseOfTheDifferences(t *testing.T) {
	eachKernel(t, func(t *testing.T) {
		for _, n := range []int{1, 7, 8, 9, 31, 64} {
			row, near := make([]float32, n), make([]float64, n)
			sum, squares := make([]float64, n), make([]float64, n)
			for j := range row {
				row[j], near[j] = float32(j)/3, float64(j)/4
				sum[j], squares[j] = 1, 2
			}
			AddMoments(sum, squares, near, row, 1.5)
			for j := range row {
				d := 1.5*float64(row[j]) - near[j]
				if math.Abs(sum[j]-(1+d)) > 1e-12 || math.Abs(squares[j]-(2+d*d)) > 1e-12*(2+d*d) {
					t.Errorf("length %d: value %d adds up to %g and %g", n, j, sum[j], squares[j])
				}
			}
		}
	})
}

func TestCombine(t *testing.T) {
	eachKernel(t, func(t *testing.T) {
		for _, n := range []int{1, 7, 8, 9, 31, 64} {
			x, y := make([]float32, n), make([]float32, n+1)
			for j := range y {
				y[j] = float32(j) / 3
			}
			for j := range x {
				x[j] = float32(j) / 7
			}
			Combine(y, 0.5, x, -3)
			for j, v := range x {
				want := 0.5*float64(float32(j)/3) - 3*float64(v)
				if math.Abs(float64(y[j])-want) > 1e-5 {
					t.Errorf("length %d: value %d is %g, want %g", n, j, y[j], want)
				}
			}
			if y[n] != float32(n)/3 {
				t.Errorf("length %d: the value beyond is %g", n, y[n])
			}
		}
	})
}

func BenchmarkKernels(b *testing.B) {
	const n = 512
	w := make([]float32, 3*n)
	var rows [4][]float32
	for r := range rows {
		rows[r] = make([]float32, n)
	}
	var out [12]float32
	b.Run("dot", func(b *testing.B) {
		for b.Loop() {
			Dot(&out, &rows, w, n)
		}
		b.ReportMetric(float64(b.N)*24*n/b.Elapsed().Seconds()/1e9, "GFLOP/s")
	})
	b.Run("add", func(b *testing.B) {
		for b.Loop() {
			Add(w, n, &out, &rows)
		}
		b.ReportMetric(float64(b.N)*24*n/b.Elapsed().Seconds()/1e9, "GFLOP/s")
	})
}
