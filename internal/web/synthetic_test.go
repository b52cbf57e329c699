package web

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	headstart "github.com/digitalinnovationone/headstart"
	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/head"
	"github.com/digitalinnovationone/headstart/head/metrics"
	"github.com/digitalinnovationone/headstart/internal/pathjson"
)

// synthetic returns a report with everything in it that a page can show, of photos of
// plain colours.
func synthetic(t testing.TB, classes []string, photos int) *headstart.Report {
	rng := rand.New(rand.NewPCG(1, 2))
	r := &headstart.Report{
		Head: headstart.ReportHead{File: "photos/flowers.onnx", Digest: "0123456789ab", Version: "v0.3.0",
			Backbone: head.Backbone{Name: "efficientnet-lite0"}, Training: head.Training{Head: "logistic-unit", Folds: 5}},
		Classes: classes,
		Tried: []head.Candidate{{Head: "logistic-unit", C: 10, LogLoss: 0.123},
			{Head: "logistic-unit", Blocks: []head.BlockWeight{{Weight: 0.5}, {Weight: 1}}, C: 10, LogLoss: 0.119}, {Head: "lda", LogLoss: 0.151}},
	}
	r.Data.Sources = []pathjson.String{"data/flowers5"}
	var probabilities [][]float64
	var labels []int
	for i := range photos {
		actual := i % len(classes)
		p := make([]float64, len(classes))
		sum := 0.0
		for c := range p {
			p[c] = rng.ExpFloat64()
			if c == actual {
				p[c] += 6 * rng.Float64()
			}
			sum += p[c]
		}
		best := 0
		for c := range p {
			if p[c] /= sum; p[c] > p[best] {
				best = c
			}
		}
		probabilities, labels = append(probabilities, p), append(labels, actual)
		wrong, unknown := 1-p[actual], 2*rng.Float64()
		photo := headstart.Photo{
			Path: pathjson.String(fmt.Sprintf("data/flowers5/%s/img_%04d.jpg", classes[actual], i)), Split: dataset.Train,
			Label: pathjson.String(classes[actual]), Actual: actual, Predicted: best, CrossValidated: true,
			Probability: &p[best], LabelProbability: &p[actual], LabelError: &wrong, UnknownScore: &unknown,
			Thumbnail: plain(t, i), Width: 24, Height: 16,
		}
		photo.LookedPredicted = looked7(rng, best)
		if best != actual {
			photo.LookedActual = looked7(rng, actual)
		}
		r.Photos = append(r.Photos, photo)
	}
	measure(r, probabilities, labels)
	lists(r)
	r.Unknown = &headstart.UnknownHistogram{Threshold: 0.8, KnownRecall: 0.95, Images: photos, Above: 7, Low: 0, High: 1.2, Known: []int{1, 5, 20, 40, 30, 8, 3, 1}}
	points := func(top float64) (points []headstart.CurvePoint) {
		for n := 5.0; n <= 80; n *= 2 {
			points = append(points, headstart.CurvePoint{PerClass: n, Images: int(n) * len(classes), Draws: 5, Accuracy: top - 0.5/math.Sqrt(n), AccuracySD: 0.1 / math.Sqrt(n), LogLoss: 1.5 / math.Sqrt(n), LogLossSD: 0.2 / math.Sqrt(n)})
		}
		return points
	}
	scale := 0.5 * math.Sqrt(float64(len(classes)))
	r.Learning = &headstart.LearningCurve{Points: points(0.98), Fit: &headstart.CurveFit{Floor: 0.02, Scale: scale, Exponent: 0.5, Twice: 0.941, Interval: metrics.Interval{Low: 0.93, High: 0.955}, Gain: 0.017, GainInterval: metrics.Interval{Low: 0.004, High: 0.021}, Verdict: head.Improves, CanTell: true}}
	scores := func(a float64) metrics.Scores {
		return metrics.Scores{Images: 150, Accuracy: a, Interval: metrics.Interval{Low: a - 0.04, High: a + 0.03}}
	}
	r.Pixels = &headstart.Pixels{Images: 400, Tested: 150, Baselines: []headstart.Baseline{
		{Kind: headstart.BaselineTransfer, Scores: scores(0.93), Points: points(0.98)},
		{Kind: headstart.BaselineLogistic, Scores: scores(0.41), Points: points(0.5)},
		{Kind: headstart.BaselineMLP, Scores: scores(0.44), Points: points(0.55)},
		{Kind: headstart.BaselineRandomWeight, Scores: scores(0.38), Points: points(0.45)},
	}}
	r.Map = &headstart.Map{Method: "pca", Images: photos}
	for i, p := range r.Photos {
		angle := 2 * math.Pi * float64(p.Actual) / float64(len(classes))
		r.Map.Points = append(r.Map.Points, headstart.MapPoint{X: float32(3*math.Cos(angle) + rng.NormFloat64()), Y: float32(3*math.Sin(angle) + rng.NormFloat64()), Actual: p.Actual, Wrong: p.Actual != p.Predicted, Photo: i})
	}
	return r
}

func looked7(rng *rand.Rand, class int) *headstart.Heat {
	h := &headstart.Heat{Class: class, Width: 7, Height: 7, Left: 1.0 / 6, Right: 5.0 / 6, Bottom: 1}
	x, y := 7*rng.Float64(), 7*rng.Float64()
	for i := range 49 {
		dx, dy := float64(i%7)-x, float64(i/7)-y
		h.Values = append(h.Values, float32(5*math.Exp(-(dx*dx+dy*dy)/4)-0.5))
	}
	return h
}

// plain returns a photo of one colour, different for each number.
func plain(t testing.TB, n int) []byte {
	t.Helper()
	photo := image.NewRGBA(image.Rect(0, 0, 24, 16))
	for i := range photo.Pix {
		photo.Pix[i] = byte(n * (7 + 13*(i%4)))
	}
	photo.Set(0, 0, color.White)
	var out bytes.Buffer
	if err := jpeg.Encode(&out, photo, nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// measure fills in the scores.
func measure(r *headstart.Report, probabilities [][]float64, labels []int) {
	r.Measured.Over = headstart.OverCrossValidation
	r.Measured.Metrics = metrics.Evaluate(probabilities, labels, nil, r.Classes)
	r.Data.Images = len(labels) + 2
	for c, class := range r.Classes {
		n := 0
		for _, label := range labels {
			if label == c {
				n++
			}
		}
		r.Data.Classes = append(r.Data.Classes, headstart.ClassCount{Class: pathjson.String(class), Images: n, Splits: map[dataset.Split]int{dataset.Train: n}})
		r.Measured.Curves = append(r.Measured.Curves, headstart.ClassCurves{Class: c,
			ROC: []headstart.Point{{}, {X: 0.1, Y: 0.8}, {X: 1, Y: 1}}, PR: []headstart.Point{{X: 0, Y: 1}, {X: 0.8, Y: 0.9}, {X: 1, Y: 0.3}},
			Confidence: []int{0, 1, 2, 3, 3, 4, 6, 8, 12, 20}})
	}
	r.Data.UnreadableImages = 2
	r.Data.Unreadable = []headstart.UnreadableImage{{Path: "data/flowers5/daisy/broken.jpg", Error: "unexpected EOF"}, {Path: "data/flowers5/daisy/empty.jpg", Error: "empty file"}}
	for i, row := range r.Measured.Confusion {
		for j, n := range row {
			if n > 0 {
				r.Measured.Cells = append(r.Measured.Cells, headstart.Cell{Actual: i, Predicted: j, Images: n})
			}
		}
	}
	for c := range r.Measured.Cells {
		cell := &r.Measured.Cells[c]
		for i, p := range r.Photos {
			if p.Actual == cell.Actual && p.Predicted == cell.Predicted {
				cell.Photos = append(cell.Photos, i)
			}
		}
		slices.SortFunc(cell.Photos, func(a, b int) int {
			return int(1e6 * (*r.Photos[b].Probability - *r.Photos[a].Probability))
		})
	}
	for b := range 10 {
		p := (float64(b) + 0.5) / 10
		r.Measured.Reliability = append(r.Measured.Reliability, headstart.Bin{Low: float64(b) / 10, High: float64(b+1) / 10, Images: b * b, Probability: p, Accuracy: p * p, Interval: metrics.Interval{Low: max(0, p*p-0.1), High: min(1, p*p+0.1)}})
	}
}

// lists fills in the photos that are worth a look, and advice on them.
func lists(r *headstart.Report) {
	l := &r.Lists
	l.Typical = make([][]int, len(r.Classes))
	for i, p := range r.Photos {
		if p.Actual != p.Predicted {
			l.Mistakes.Photos = append(l.Mistakes.Photos, i)
		} else if n := p.Actual; len(l.Typical[n]) < 6 {
			l.Typical[n] = append(l.Typical[n], i)
		}
	}
	l.Mistakes.Images = len(l.Mistakes.Photos)
	some := func(from, n int) headstart.List {
		list := headstart.List{Images: n + 3}
		for i := range n {
			list.Photos = append(list.Photos, (from+7*i)%len(r.Photos))
		}
		return list
	}
	l.LabelErrors, l.LeastCertain, l.MostUnknown = some(1, 17), some(2, 30), some(3, 12)
	l.Duplicates = headstart.Duplicated{Groups: 40, Images: 81, Contradictions: 1, Leaks: 1, Shown: []headstart.DuplicateGroup{
		{Same: "bytes", DifferentLabels: true, Images: 2, Photos: []int{4, 5}},
		{Same: "picture", Leak: true, Images: 3, Photos: []int{6, 11, 16}},
	}}
	for i := range 30 {
		l.Duplicates.Shown = append(l.Duplicates.Shown, headstart.DuplicateGroup{Same: "picture", Images: 2, Photos: []int{i, (i + len(r.Classes)) % len(r.Photos)}})
	}
	r.Advice = []headstart.Advice{
		{Kind: headstart.AdviceLabels, Count: 20, Of: len(r.Photos)},
		{Kind: headstart.AdviceContradictions, Count: 1},
		{Kind: headstart.AdviceConfused, Class: r.Classes[0], Other: r.Classes[1], Count: 9, Of: 40},
		{Kind: headstart.AdviceUnknown, Count: 7, Of: len(r.Photos), Fence: 0.5},
		{Kind: headstart.AdviceMorePhotos, Interval: &metrics.Interval{Low: 0.004, High: 0.021}},
	}
}

var flowers = []string{"daisy", "dandelion", "roses", "sunflowers", "tulips"}
