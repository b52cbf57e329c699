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

// clusters counts, for each group, its images and those of them with a property
// whose share is measured. A nil one is of images that are groups by themselves.
type clusters struct {
	groups []int       // of each image
	at     map[int]int // of each group, its index in counts
	counts []cluster
}

type cluster struct{ images, hits float64 }

// newClusters takes the group of each image; nil means that each is one.
func newClusters(groups []int) *clusters {
	if groups == nil {
		return nil
	}
	return &clusters{groups: groups, at: make(map[int]int)}
}

// add counts image i.
func (c *clusters) add(i int, hit bool) {
	if c == nil {
		return
	}
	at, seen := c.at[c.groups[i]]
	if !seen {
		at = len(c.counts)
		c.at[c.groups[i]] = at
		c.counts = append(c.counts, cluster{})
	}
	c.counts[at].images++
	if hit {
		c.counts[at].hits++
	}
}

// number returns how many groups there are, 0 if each image is one.
func (c *clusters) number() int {
	if c == nil || len(c.counts) == int(c.images()) {
		return 0
	}
	return len(c.counts)
}

func (c *clusters) images() float64 {
	var n float64
	for _, g := range c.counts {
		n += g.images
	}
	return n
}

// interval returns the interval of the share hits / images.
func (c *clusters) interval(hits, images int) Interval {
	if c.number() == 0 {
		return wilson(float64(hits), float64(images))
	}
	deff := c.designEffect(ratio(hits, images))
	return wilson(float64(hits)/deff, float64(images)/deff)
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
func (c *clusters) designEffect(share float64) float64 {
	var n, squares, robust float64
	for _, g := range c.counts {
		n += g.images
		squares += g.images * g.images
		residual := g.hits - g.images*share
		robust += residual * residual
	}
	size := squares / n
	both := share*share + (1-share)*(1-share)
	return max(1, (robust+both*size*size)/(n*share*(1-share)+both*size))
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
	c := newClusters(groups)
	s := Share{Images: len(has)}
	for i, h := range has {
		if h {
			s.Count++
		}
		c.add(i, h)
	}
	s.Groups, s.Share, s.Interval = c.number(), ratio(s.Count, s.Images), c.interval(s.Count, s.Images)
	return s
}

// String returns the share in words.
func (s Share) String() string {
	return fmt.Sprintf("%.1f %% (%d of %s; 95 %% interval %.1f to %.1f %%)",
		100*s.Share, s.Count, imagesText(s.Images, s.Groups), 100*s.Interval.Low, 100*s.Interval.High)
}
