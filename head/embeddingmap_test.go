package head

import (
	"context"
	"math"
	"reflect"
	"testing"

	"github.com/digitalinnovationone/headstart/internal/matrix"
)

func mustMap(t testing.TB, x Matrix, labels []int, opt MapOptions) *Maps {
	t.Helper()
	m, err := MakeMaps(context.Background(), x, labels, opt)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// nearestAgree is the share of the points that are wanted whose nearest other one is
// of the same class.
func nearestAgree(points [][2]float64, labels []int, wanted func(i int) bool) float64 {
	var agree, all float64
	for i, p := range points {
		if !wanted(i) {
			continue
		}
		nearest, least := -1, math.Inf(1)
		for j, q := range points {
			if d := math.Hypot(p[0]-q[0], p[1]-q[1]); j != i && wanted(j) && d < least {
				nearest, least = j, d
			}
		}
		all++
		if labels[nearest] == labels[i] {
			agree++
		}
	}
	return agree / all
}

func everyone(int) bool { return true }

func TestMapsShowClasses(t *testing.T) {
	x, labels, _ := draw(300, 64, 3, 1)
	m := mustMap(t, x, labels, MapOptions{Workers: 2})
	if len(m.Maps) != 3 || len(m.Rows) != 300 || m.Unused != 0 {
		t.Fatalf("%d maps of %d rows, %d unused", len(m.Maps), len(m.Rows), m.Unused)
	}
	for i, method := range []string{MapPCA, MapDiscriminant, MapNeighbours} {
		if m.Maps[i].Method != method {
			t.Fatalf("map %d is %s", i, m.Maps[i].Method)
		}
		if agree := nearestAgree(m.Maps[i].Points, labels, everyone); agree < 0.6 {
			t.Errorf("%s: neighbours of %.2f are of the same class", method, agree)
		}
	}
	if again := mustMap(t, x, labels, MapOptions{Workers: 5}); !reflect.DeepEqual(again, m) {
		t.Error("five workers make another map than two")
	}
}

// Of labels drawn at random, directions fitted to the points part them; those that
// were left out tell that there is nothing.
func TestDiscriminantOfNothing(t *testing.T) {
	x, _, _ := draw(300, 200, 1, 2)
	labels := make([]int, 300)
	for i := range labels {
		labels[i] = i * 7919 % 101 % 2
	}
	d := mustMap(t, x, labels, MapOptions{}).Maps[1]
	// Centres of classes along the first axis, in standard deviations within classes.
	apart := func(fitted bool) float64 {
		var sum, n [2]float64
		for i, p := range d.Points {
			if d.Fitted[i] == fitted {
				sum[labels[i]] += p[0]
				n[labels[i]]++
			}
		}
		return math.Abs(sum[0]/n[0] - sum[1]/n[1])
	}
	if fitted, held := apart(true), apart(false); fitted < 0.7 || held > 0.5 {
		t.Errorf("fitted to: centres %.2f deviations apart; not: %.2f", fitted, held)
	}
}

// Groups are fitted to as a whole or not at all.
func TestDiscriminantKeepsGroups(t *testing.T) {
	x, labels, _ := draw(120, 16, 2, 3)
	groups := make([]int, 120)
	for i := range groups {
		groups[i] = i / 6
	}
	d := mustMap(t, x, labels, MapOptions{Groups: groups}).Maps[1]
	for i := range groups {
		if d.Fitted[i] != d.Fitted[i/6*6] {
			t.Fatal("a group is parted")
		}
	}
}

func TestMapTakesAPartOfEachClass(t *testing.T) {
	x, labels, _ := draw(1000, 8, 4, 4)
	for i := range labels { // 900 of class 0
		if i < 900 {
			labels[i] = 0
		}
	}
	m := mustMap(t, x, labels, MapOptions{Most: 100})
	counts := map[int]int{}
	for _, row := range m.Rows {
		counts[labels[row]]++
	}
	if len(m.Rows) != 100 || m.Unused != 900 || counts[0] < 85 || counts[0] > 93 || len(counts) != 4 {
		t.Errorf("%d rows, %d unused, of classes %v", len(m.Rows), m.Unused, counts)
	}
}

// Principal components are those of the covariance: their variances add up, and the
// first is the widest direction there is.
func TestPrincipalComponents(t *testing.T) {
	x, labels, _ := draw(200, 30, 3, 5)
	shares := mustMap(t, x, labels, MapOptions{}).Maps[0].Shares
	if len(shares) != 2 || shares[0] < shares[1] || shares[0]+shares[1] > 1 || shares[1] <= 0 {
		t.Errorf("shares %v", shares)
	}
}

func TestMapsOfFewOddImages(t *testing.T) {
	same := matrix.Dense{Data: make([]float32, 40), Cols: 8}
	for _, labels := range [][]int{{0, 0, 0, 0, 0}, {0, 1, 2, 3, 4}, {0, 0, 1, 1, 1}} {
		for _, m := range mustMap(t, same, labels, MapOptions{}).Maps {
			for _, p := range m.Points {
				if math.IsNaN(p[0] + p[1]) {
					t.Errorf("%s of %v: %v", m.Method, labels, p)
				}
			}
		}
	}
	if _, err := MakeMaps(t.Context(), matrix.New(3, 8), []int{0, 1, 1}, MapOptions{}); err == nil {
		t.Error("three images have a map")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := MakeMaps(ctx, same, make([]int, 5), MapOptions{}); err != context.Canceled {
		t.Error(err)
	}
}
