package matrix

import (
	"math"
	"slices"
	"testing"
)

func TestSelectionOfDense(t *testing.T) {
	var all Float32 = Dense{[]float32{1, 2, 3, 4, 5, 6}, 2}
	some := Selection{all, []int{2, 0, 2}}
	if all.Len() != 3 || some.Len() != 3 || some.Dim() != 2 {
		t.Errorf("%d and %d rows of %d values", all.Len(), some.Len(), some.Dim())
	}
	for i, want := range [][]float32{{5, 6}, {1, 2}, {5, 6}} {
		if got := some.Row(i); !slices.Equal(got, want) {
			t.Errorf("row %d is %v, want %v", i, got, want)
		}
	}
}

func TestTableRowsDoNotRunIntoEachOther(t *testing.T) {
	table := Table[float64](2, 3)
	_ = append(table[0], 7)
	if !slices.Equal(table[1], make([]float64, 3)) {
		t.Errorf("the second row is %v", table[1])
	}
}

func TestNonFinite(t *testing.T) {
	inf := float32(math.Inf(-1))
	for _, c := range []struct {
		values []float32
		want   int
	}{{nil, -1}, {[]float32{0, math.MaxFloat32}, -1}, {[]float32{0, float32(math.NaN()), inf}, 1}, {[]float32{inf}, 0}} {
		if got := NonFinite(c.values); got != c.want || Finite(c.values) != (c.want < 0) {
			t.Errorf("%v: %d, want %d", c.values, got, c.want)
		}
	}
	if NonFinite([]float64{1, math.Inf(1)}) != 1 || !Finite([]float64{math.MaxFloat64, math.MaxFloat64}) {
		t.Error("float64 values are judged otherwise")
	}
}
