package metrics

import "math"

// GroupLabels are the labels of images that may be of one group, such as photos of
// one object. They mostly agree: a label that others of its group contradict is to
// be doubted. That they agree with it says little, as labels of a group are often
// given at once.
type GroupLabels struct {
	labels, groups []int
	counts         map[int]map[int]int // of each group, the images with each label
	ratio          float64             // how much likelier an image's class is the label of another than some other class
}

// NewGroupLabels counts the labels of each group. Images of a group have the same
// number in groups.
func NewGroupLabels(labels, groups []int, classes int) *GroupLabels {
	g := &GroupLabels{labels: labels, groups: groups, counts: map[int]map[int]int{}}
	sizes := map[int]int{}
	for i, label := range labels {
		sizes[groups[i]]++
		if g.counts[groups[i]] == nil {
			g.counts[groups[i]] = map[int]int{}
		}
		g.counts[groups[i]][label]++
	}
	agree, images := 1.0, 2.0 // Laplace's rule of succession
	for i, label := range labels {
		if others := sizes[groups[i]] - 1; others > 0 {
			agree += float64(g.counts[groups[i]][label]-1) / float64(others)
			images++
		}
	}
	share := agree / images
	g.ratio = max(1, share*float64(classes-1)/(1-share))
	return g
}

// Posterior changes p, the probabilities of image i's classes without what others
// of its group say, to those with that. All the others count as one.
func (g *GroupLabels) Posterior(i int, p []float64) {
	counts := g.counts[g.groups[i]]
	if len(counts) == 1 {
		return
	}
	others := -1
	for _, n := range counts {
		others += n
	}
	sum := 0.0
	for class := range p {
		if n := counts[class]; n > 0 && class != g.labels[i] {
			p[class] *= math.Pow(g.ratio, float64(n)/float64(others))
		}
		sum += p[class]
	}
	for class := range p {
		p[class] /= sum
	}
}
