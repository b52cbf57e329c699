package metrics

import "math"

// GroupLabels are the labels of images that may be of one group, such as photos of
// one object. They mostly agree: a label that others of its group contradict is to
// be doubted. That they agree with it says little, as labels of a group are often
// given at once.
type GroupLabels struct {
	labels, groups []int
	sizes          map[int]int        // images of each group
	counts         map[groupLabel]int // those of them with a label
	ratio          float64            // how much likelier an image's class is the label of another than some other class
}

type groupLabel struct{ group, label int }

// NewGroupLabels counts the labels of each group. Images of a group have the same
// number in groups.
func NewGroupLabels(labels, groups []int, classes int) *GroupLabels {
	g := &GroupLabels{labels: labels, groups: groups, sizes: map[int]int{}, counts: map[groupLabel]int{}}
	for i, label := range labels {
		g.sizes[groups[i]]++
		g.counts[groupLabel{groups[i], label}]++
	}
	agree, images := 1.0, 2.0 // Laplace's rule of succession
	for i, label := range labels {
		if others := g.sizes[groups[i]] - 1; others > 0 {
			agree += float64(g.counts[groupLabel{groups[i], label}]-1) / float64(others)
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
	group, label := g.groups[i], g.labels[i]
	if g.counts[groupLabel{group, label}] == g.sizes[group] {
		return
	}
	others := float64(g.sizes[group] - 1)
	sum := 0.0
	for class := range p {
		if n := g.counts[groupLabel{group, class}]; n > 0 && class != label {
			p[class] *= math.Pow(g.ratio, float64(n)/others)
		}
		sum += p[class]
	}
	for class := range p {
		p[class] /= sum
	}
}
