package ood

import (
	_ "embed"
	"encoding/json"
	"math"
	"strings"
	"testing"
)

//go:embed testdata/neighbours.json
var neighbours []byte

func TestScoreEqualsScikitLearn(t *testing.T) {
	var want struct {
		Dim        int
		Neighbours int
		References []int8
		Scales     []float32
		X          [][]float32
		Scores     []float64
	}
	if err := json.Unmarshal(neighbours, &want); err != nil {
		t.Fatal(err)
	}
	m, err := New(Parameters{want.Dim, want.Neighbours, 0.5, want.References, want.Scales})
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range want.X {
		if got := m.Score(row); math.Abs(got-want.Scores[i]) > 1e-6 {
			t.Errorf("row %d scores %v, want %v", i, got, want.Scores[i])
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
