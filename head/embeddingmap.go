package head

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/digitalinnovationone/headstart/head/internal/pca"
	"github.com/digitalinnovationone/headstart/head/internal/tsne"
)

// Ways to put embeddings on a plane.
const (
	// MapPCA is the two principal components: the directions in which embeddings vary
	// most, whatever their classes. Distances on the plane are at most those between
	// embeddings.
	MapPCA = "pca"
	// MapDiscriminant is the two directions that part the classes best, relative to how
	// much each class varies (Fisher's linear discriminant; Rao, 1948): for two classes
	// the one there is, and what varies most besides. They are fitted to half of the
	// images only. These look better apart than they are; the others show what new images
	// would do.
	MapDiscriminant = "lda"
	// MapNeighbours is t-SNE (van der Maaten and Hinton, 2008): images near each other are
	// so among the embeddings too. Sizes of clusters and distances between them mean
	// nothing. It does not look at classes.
	MapNeighbours = "t-sne"
)

// MapOptions says how to make Maps. The zero value is a good choice.
type MapOptions struct {
	Most    int    // images on a map; 0 means 2,000
	Groups  []int  // of rows, as in Options: MapDiscriminant is fitted to whole groups
	Seed    uint64 // decides which images are on the map, and which are fitted to
	Workers int    // processor cores to use; 0 means all. The result does not depend on it
}

// Maps are maps of the same embeddings.
type Maps struct {
	Rows   []int `json:"rows"`   // that are on the maps, in ascending order
	Unused int   `json:"unused"` // rows that are not
	Maps   []Map `json:"maps"`
}

// Map puts embeddings, each scaled to length 1, on a plane.
type Map struct {
	Method string       `json:"method"` // MapPCA, MapDiscriminant or MapNeighbours
	Points [][2]float64 `json:"points"` // of each of Maps.Rows; units mean nothing but are the same for both axes
	// Shares are those of the two axes in the variance of the embeddings, of MapPCA.
	Shares []float64 `json:"shares,omitempty"`
	// Fitted tells which points MapDiscriminant was fitted to.
	Fitted []bool `json:"fitted,omitempty"`
}

const (
	mapComponents = 50 // principal components that the other methods take, as van der Maaten and Hinton did
	mostToPart    = 10 // classes that two directions can tell something of
	leastOnMap    = 4
)

// ErrNoMap says that there are too few images for a map.
var ErrNoMap = errors.New("no map: there are fewer than four images")

// MakeMaps puts the rows of x on a plane, in each of the ways that make sense: no
// MapDiscriminant of more than ten classes, or of a class with fewer than two groups.
// Of more rows than options allow, it takes a part of each class. Maps are the same
// for the same input and seed. With 2,000 images of 1,280 values it takes some five
// seconds on two cores. Its errors are those of ctx and of bad options, ErrNoMap
// and a *NotFiniteError.
func MakeMaps(ctx context.Context, x Matrix, labels []int, opt MapOptions) (*Maps, error) {
	if opt.Most == 0 {
		opt.Most = 2000
	}
	if opt.Workers == 0 {
		opt.Workers = runtime.GOMAXPROCS(0)
	}
	switch {
	case len(labels) != x.Len():
		return nil, fmt.Errorf("there are %d embeddings and %d labels", x.Len(), len(labels))
	case opt.Groups != nil && len(opt.Groups) != x.Len():
		return nil, fmt.Errorf("there are %d embeddings and %d groups", x.Len(), len(opt.Groups))
	case opt.Most < leastOnMap || opt.Workers < 0:
		return nil, fmt.Errorf("bad number of images %d or workers %d", opt.Most, opt.Workers)
	case x.Len() < leastOnMap:
		return nil, ErrNoMap
	}
	if err := checkFinite(ctx, x); err != nil {
		return nil, err
	}
	m := &Maps{Rows: spreadOver(labels, opt.Most, opt.Seed)}
	m.Unused = x.Len() - len(m.Rows)
	unit := mat.NewDense(len(m.Rows), x.Dim(), nil)
	for i, row := range m.Rows {
		values := unit.RawRowView(i)
		for j, v := range x.Row(row) {
			values[j] = float64(v)
		}
		scaleToUnit(values)
	}
	components := pca.Find(unit, mapComponents)
	plane := plane(components.Scores)
	m.Maps = []Map{{Method: MapPCA, Points: plane, Shares: components.Shares[:min(2, len(components.Shares))]}}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if d := discriminant(components.Scores, m.Rows, labels, opt); d != nil {
		m.Maps = append(m.Maps, *d)
	}
	points := make([][]float64, len(m.Rows))
	for i := range points {
		points[i] = components.Scores.RawRowView(i)
	}
	near, err := tsne.Embed(ctx, points, plane, opt.Workers)
	if err != nil {
		return nil, err
	}
	m.Maps = append(m.Maps, Map{Method: MapNeighbours, Points: near})
	return m, nil
}

// plane returns the first two coordinates, 0 where there is but one.
func plane(scores *mat.Dense) [][2]float64 {
	n, directions := scores.Dims()
	points := make([][2]float64, n)
	for i := range points {
		for k := range min(2, directions) {
			points[i][k] = scores.At(i, k)
		}
	}
	return points
}

// spreadOver returns at most so many rows, in ascending order, of each class about the
// same share, drawn at random: the first of each class in random order, then the second
// of each, at the pace of its size.
func spreadOver(labels []int, most int, seed uint64) []int {
	rows := make([]int, len(labels))
	for i := range rows {
		rows[i] = i
	}
	if len(rows) <= most {
		return rows
	}
	rng := rand.New(rand.NewPCG(seed, 0))
	rng.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	total, seen := map[int]float64{}, map[int]float64{}
	for _, label := range labels {
		total[label]++
	}
	place := make([]float64, len(labels)) // in its class, 0 to 1
	for _, row := range rows {
		place[row] = seen[labels[row]] / total[labels[row]]
		seen[labels[row]]++
	}
	slices.SortStableFunc(rows, func(a, b int) int {
		switch {
		case place[a] < place[b]:
			return -1
		case place[a] > place[b]:
			return 1
		}
		return 0
	})
	rows = rows[:most]
	slices.Sort(rows)
	return rows
}
