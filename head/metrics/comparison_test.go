package metrics

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// Images taken five times each prove no more than once.
func TestComparisonOfCopies(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var this, that, copiedThis, copiedThat []bool
	var groups []int
	for i := range 40 {
		a, b := r.IntN(3) > 0, r.IntN(4) > 0
		this, that = append(this, a), append(that, b)
		for range 5 {
			copiedThis, copiedThat, groups = append(copiedThis, a), append(copiedThat, b), append(groups, i)
		}
	}
	once, copied := Compare("old", this, that, nil), Compare("old", copiedThis, copiedThat, groups)
	if copied.P != once.P || copied.OnlyThis != 5*once.OnlyThis || copied.OnlyOther != 5*once.OnlyOther {
		t.Errorf("once %+v, copied %+v", once, copied)
	}
	if copied.ForThis != once.OnlyThis || copied.ForOther != once.OnlyOther || once.ForThis+once.ForOther != 0 {
		t.Errorf("groups: %+v, of images: %+v", copied, once)
	}
	if !strings.Contains(copied.String(), "groups: ") || strings.Contains(once.String(), "groups") {
		t.Errorf("%s; %s", copied, once)
	}
}

// A group counts for the classifier that gets more of its images right.
func TestAGroupHasOneVote(t *testing.T) {
	this := []bool{true, true, false, false, true, false}
	that := []bool{false, false, true, true, false, false}
	c := Compare("old", this, that, []int{0, 0, 0, 1, 1, 2})
	if c.OnlyThis != 3 || c.OnlyOther != 2 || c.ForThis != 1 || c.ForOther != 0 || c.P != McNemar(1, 0) {
		t.Errorf("%+v", c)
	}
}

// Two classifiers that are equally good, but each on objects of its own, are told
// apart by McNemar's test of the images and not by that of the groups.
func TestGroupsKeepTheErrorOfTheFirstKind(t *testing.T) {
	const draws, objects, photos = 400, 30, 6
	r := rand.New(rand.NewPCG(7, 7))
	worse, worseByImage := 0, 0
	for range draws {
		var this, that []bool
		var groups []int
		for object := range objects {
			better := r.IntN(2) == 0
			for range photos {
				right := r.IntN(10) > 1
				this, that = append(this, right == better), append(that, right != better)
				groups = append(groups, object)
			}
		}
		if !Compare("old", this, that, groups).NotWorse().Met {
			worse++
		}
		if !Compare("old", this, that, nil).NotWorse().Met {
			worseByImage++
		}
	}
	if share := float64(worse) / draws; share > Significance+0.02 {
		t.Errorf("%.3f of equal classifiers are worse", share)
	}
	if share := float64(worseByImage) / draws; share < 3*Significance {
		t.Errorf("image by image only %.3f are: the test shows nothing", share)
	}
}
