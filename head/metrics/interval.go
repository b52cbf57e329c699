package metrics

import (
	"fmt"
	"math"
)

// wilson returns the interval of a share observed in n independent trials (Wilson:
// Probable inference, the law of succession, and statistical inference, 1927).
// Neither number need be whole.
func wilson(successes, n float64) Interval {
	if n == 0 {
		return Interval{}
	}
	const z = 1.959963984540054 // the normal distribution's 0.975 quantile
	centre := successes + z*z/2
	half := z * math.Sqrt(successes*(n-successes)/n+z*z/4)
	return Interval{Low: max(0, (centre-half)/(n+z*z)), High: min(1, (centre+half)/(n+z*z))}
}

// Share is how many of some images have a property, such as being called unknown.
type Share struct {
	Count    int      `json:"count"`
	Images   int      `json:"images"`
	Groups   int      `json:"groups,omitempty"` // as in Scores
	Share    float64  `json:"share"`            // Count / Images, 0 of no images
	Interval Interval `json:"interval"`         // of Share, as in Scores
}

// ShareOf counts the images that have a property. groups numbers the group of
// each; nil means that each is one by itself.
func ShareOf(has []bool, groups []int) Share {
	s := Share{Images: len(has)}
	for _, h := range has {
		if h {
			s.Count++
		}
	}
	s.Share = ratio(s.Count, s.Images)
	effect := 1.0
	if found := clusters(has, groups); groups != nil && len(found) < len(has) {
		s.Groups, effect = len(found), designEffect(found, s.Share)
	}
	s.Interval = wilson(float64(s.Count)/effect, float64(s.Images)/effect)
	return s
}

// SharesOf is ShareOf for the images of each class. labels are indices below
// classes.
func SharesOf(has []bool, labels, groups []int, classes int) []Share {
	hasOf, groupsOf := make([][]bool, classes), make([][]int, classes)
	for i, class := range labels {
		hasOf[class] = append(hasOf[class], has[i])
		if groups != nil {
			groupsOf[class] = append(groupsOf[class], groups[i])
		}
	}
	shares := make([]Share, classes)
	for class := range shares {
		shares[class] = ShareOf(hasOf[class], groupsOf[class])
	}
	return shares
}

// cluster counts the images of a group, and those of them that have a property.
type cluster struct{ images, hits float64 }

// clusters returns the groups in the order of their first images.
func clusters(has []bool, groups []int) []cluster {
	var counts []cluster
	at := map[int]int{} // of each group, its index in counts
	for i, group := range groups {
		if _, seen := at[group]; !seen {
			at[group] = len(counts)
			counts = append(counts, cluster{})
		}
		c := &counts[at[group]]
		c.images++
		if has[i] {
			c.hits++
		}
	}
	return counts
}

// String returns the share in words.
func (s Share) String() string {
	return fmt.Sprintf("%.1f %% (%d of %s; 95 %% interval %.1f to %.1f %%)",
		100*s.Share, s.Count, imagesText(s.Images, s.Groups), 100*s.Interval.Low, 100*s.Interval.High)
}

// designEffect returns by how much the groups raise the variance of the share:
// so many images together are worth one independent image (Kish: Survey
// sampling, 1965, section 8.2). With an interval for n / deff images (Korn and
// Graubard: Confidence intervals for proportions with small expected number of
// positive counts estimated from survey data, 1998) groups of copies are worth
// one image each.
//
// It is the cluster-robust variance, Σ over groups (hits − images · share)², over
// the binomial, Σ over images (hit − share)². Without hits, or without misses,
// both are 0 and tell nothing, and with few of them little; so two groups are
// added to both sums, one of hits and one of misses, as large as an image's group
// is on average, Σ images² / Σ images. Alone, they say that groups agree
// throughout, which is Kish's upper limit where the share does not depend on the
// size of a group.
func designEffect(groups []cluster, share float64) float64 {
	var n, squares, robust float64
	for _, g := range groups {
		n += g.images
		squares += g.images * g.images
		residual := g.hits - g.images*share
		robust += residual * residual
	}
	size := squares / n
	both := share*share + (1-share)*(1-share)
	return max(1, (robust+both*size*size)/(n*share*(1-share)+both*size))
}
