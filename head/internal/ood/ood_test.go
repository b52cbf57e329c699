package ood

import (
	_ "embed"
	"encoding/json"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats"
)

//go:embed testdata/neighbours.json
var neighbours []byte

// publicNumbers are those that scikit-learn, numpy and scipy give.
type publicNumbers struct {
	Dim        int
	Neighbours int
	References []int8
	Scales     []float32
	X          [][]float32
	Scores     []float64

	ReferenceGroups []int     `json:"reference_groups"`
	Groups          []int     // of X
	WithoutGroup    []float64 `json:"scores_without_group"`

	Thresholds []struct {
		Scores                                []float64
		Share, Threshold, Expected, Low, High float64
	}
}

func readReference(t *testing.T) (r publicNumbers) {
	t.Helper()
	if err := json.Unmarshal(neighbours, &r); err != nil {
		t.Fatal(err)
	}
	if len(r.X) == 0 || len(r.Thresholds) == 0 {
		t.Fatal("there are no references")
	}
	return r
}

func TestScoreEqualsScikitLearn(t *testing.T) {
	want := readReference(t)
	m, err := New(Parameters{want.Dim, want.Neighbours, 0.5, want.References, want.Scales})
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range want.X {
		if got := m.Score(row); math.Abs(got-want.Scores[i]) > 1e-6 {
			t.Errorf("row %d scores %v, want %v", i, got, want.Scores[i])
		}
		if got := m.scoreWithout(row, want.ReferenceGroups, want.Groups[i]); math.Abs(got-want.WithoutGroup[i]) > 1e-6 {
			t.Errorf("row %d scores %v without its group, want %v", i, got, want.WithoutGroup[i])
		}
	}
}

func TestScoreOfOddEmbeddings(t *testing.T) {
	x, labels := draw(40, 8, 0, 2, 1)
	m := mustFit(t, x, labels, 2, usual)
	if got := m.Score(make([]float32, 8)); got != 1 {
		t.Errorf("zeros score %v, want 1", got)
	}
	row := x.Row(3)
	large := make([]float32, 8)
	for j, v := range row {
		large[j] = v * 1e30
	}
	if got, want := m.Score(large), m.Score(row); math.Abs(got-want) > 1e-6 {
		t.Errorf("the length of an embedding changes its score from %v to %v", want, got)
	}
}

func TestQuantiseIsClose(t *testing.T) {
	x, labels := draw(200, 64, 0, 2, 1)
	m := mustFit(t, x, labels, 2, usual)
	p := m.Parameters()
	p.Neighbours = 1
	nearest, err := New(p)
	if err != nil {
		t.Fatal(err)
	}
	for i := range x.Len() {
		if d := nearest.Score(x.Row(i)); math.Abs(d) > 1e-4 {
			t.Errorf("image %d is %v from its own reference", i, d)
		}
	}
}

func TestNearestDistanceIsExactButForTheReferencesBits(t *testing.T) {
	const dim = 1280
	x, labels := draw(60, dim, 0, 2, 1)
	m := mustFit(t, x, labels, 2, usual)
	rng := rand.New(rand.NewPCG(1, 3))
	for far, most := range map[float64]float64{0: 0.011, 0.01: 0.006, 0.05: 0.002, 0.3: 0.002} {
		var worst float64
		for i := range x.Len() {
			unit := normalised(x.Row(i)).Data
			aside := make([]float64, dim) // at right angles to the row
			for j := range aside {
				aside[j] = rng.NormFloat64()
			}
			along := 0.0
			for j, v := range unit {
				along += aside[j] * float64(v)
			}
			for j, v := range unit {
				aside[j] -= along * float64(v)
			}
			floats.Scale(1/floats.Norm(aside, 2), aside)
			angle := 2 * math.Asin(far/2) // of the chord
			row := make([]float32, dim)
			for j, v := range unit {
				row[j] = float32(5 * (math.Cos(angle)*float64(v) + math.Sin(angle)*aside[j]))
			}
			worst = max(worst, math.Abs(nearestDistance(m, row)-far))
		}
		if worst > most {
			t.Errorf("a distance of %v is wrong by %v", far, worst)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	nan := math.NaN()
	for _, test := range []struct {
		p    Parameters
		want string
	}{
		{Parameters{}, "there are no reference embeddings"},
		{Parameters{2, 1, 0.5, []int8{1, 2, 3}, []float32{1}}, "3 numbers are not 1 reference embeddings of length 2"},
		{Parameters{2, 1, 0.5, []int8{1, 2, 3, 4}, []float32{1}}, "4 numbers are not 1 reference embeddings of length 2"},
		{Parameters{2, 2, 0.5, []int8{1, 2}, []float32{1}}, "bad number of neighbours 2 among 1"},
		{Parameters{2, 0, 0.5, []int8{1, 2}, []float32{1}}, "bad number of neighbours 0 among 1"},
		{Parameters{2, 1, nan, []int8{1, 2}, []float32{1}}, "bad threshold NaN"},
		{Parameters{2, 1, 0.5, []int8{1, 2}, []float32{float32(nan)}}, "bad scale NaN of reference embedding 0"},
		{Parameters{2, 1, 0.5, []int8{1, 2}, []float32{-1}}, "bad scale -1 of reference embedding 0"},
	} {
		if _, err := New(test.p); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want %q", err, test.want)
		}
	}
}
