package headstart

import (
	"math"

	"gonum.org/v1/gonum/floats/scalar"

	"github.com/digitalinnovationone/headstart/head/metrics"
)

// Bins of plots.
const (
	reliabilityBins = 10
	confidenceBins  = 10
	curveBins       = 512 // of thresholds, evenly apart in logits
	curvePoints     = 100 // of a curve at most
)

// plotTally counts what plots show, image by image. The table of probabilities would
// be large for many classes.
type plotTally struct {
	rights [reliabilityBins][]bool  // of each image in a bin, whether its likeliest class is its own
	units  [reliabilityBins][]int   // of the same images
	sums   [reliabilityBins]float64 // of probabilities
	own    [][confidenceBins]int    // of each class, its images by the probability of it
	of     [][2][curveBins]uint32   // of each class, images of others and of it by the probability of it
}

func newPlotTally(classes int) *plotTally {
	return &plotTally{own: make([][confidenceBins]int, classes), of: make([][2][curveBins]uint32, classes)}
}

// add adds an image of a unit.
func (t *plotTally) add(probabilities []float64, label, class, unit int) {
	bin := binOf(probabilities[class], reliabilityBins)
	t.rights[bin] = append(t.rights[bin], class == label)
	t.units[bin] = append(t.units[bin], unit)
	t.sums[bin] += probabilities[class]
	t.own[label][binOf(probabilities[label], confidenceBins)]++
	for k, p := range probabilities {
		of := 0
		if k == label {
			of = 1
		}
		t.of[k][of][curveBin(p)]++
	}
}

// binOf is the bin of a share among n of equal width.
func binOf(share float64, n int) int { return min(int(share*float64(n)), n-1) }

// curveBin is the bin of a probability: most are near 0 and 1, and so are bins.
func curveBin(p float64) int {
	const most = 16 // logits
	logit := math.Log(p) - math.Log1p(-p)
	return binOf((min(max(logit, -most), most)+most)/(2*most), curveBins)
}

// fillIn fills in the plots.
func (t *plotTally) fillIn(m *Measured) {
	for i := range reliabilityBins {
		bin := Bin{Low: float64(i) / reliabilityBins, High: float64(i+1) / reliabilityBins, Images: len(t.rights[i])}
		if bin.Images > 0 {
			right := metrics.ShareOf(t.rights[i], t.units[i])
			bin.Probability, bin.Accuracy, bin.Interval = t.sums[i]/float64(bin.Images), right.Share, right.Interval
		}
		m.Reliability = append(m.Reliability, bin)
	}
	for k := range t.of {
		c := ClassCurves{Class: k, ROC: []Point{}, PR: []Point{}, Confidence: t.own[k][:]}
		c.ROC, c.PR = curves(&t.of[k])
		m.Curves = append(m.Curves, c)
	}
}

// curves returns those of a class, with a point for each threshold between bins.
func curves(counts *[2][curveBins]uint32) (roc, pr []Point) {
	roc, pr = []Point{}, []Point{} // empty lists in JSON, not null
	var total [2]float64
	for i, bins := range counts {
		for _, n := range bins {
			total[i] += float64(n)
		}
	}
	if total[0] == 0 || total[1] == 0 {
		return roc, pr
	}
	var others, own float64 // above the threshold
	roc = append(roc, Point{0, 0})
	for bin := curveBins - 1; bin >= 0; bin-- {
		if counts[0][bin]+counts[1][bin] == 0 {
			continue
		}
		others += float64(counts[0][bin])
		own += float64(counts[1][bin])
		roc = append(roc, plotPoint(others/total[0], own/total[1]))
		pr = append(pr, plotPoint(own/total[1], own/(own+others)))
	}
	return thinned(roc), thinned(pr)
}

// plotPoint is a point as exactly as a plot can show it.
func plotPoint(x, y float64) Point { return Point{scalar.Round(x, 5), scalar.Round(y, 5)} }

// thinned keeps the ends and evenly many between.
func thinned(points []Point) []Point {
	if len(points) <= curvePoints {
		return points
	}
	few := make([]Point, curvePoints)
	for i := range few {
		few[i] = points[i*(len(points)-1)/(curvePoints-1)]
	}
	return few
}
