package mlp

import (
	"math/rand/v2"
	"slices"

	"github.com/digitalinnovationone/headstart/head/internal/grouping"
)

// Of every class, one image in validationShare is held out for validation, at
// least one where the class has validationFrom groups or more, and none where it
// has fewer.
const (
	validationShare = 10
	validationFrom  = 5
)

// validationSplit splits the rows that have a weight, class by class and at
// random, into training and validation rows. Both are in ascending order. Rows
// of one group stay together, with the class that most of them have; groups is
// nil where each row is alone. No class loses all its training rows.
func validationSplit(labels, groups []int, classes int, weights []float64, rng *rand.Rand) (training, validation []int) {
	members := make([][][]int, classes) // groups by their class
	left := make([]int, classes)        // training rows
	for _, rows := range grouping.Rows(groups, len(labels)) {
		rows = slices.DeleteFunc(rows, func(row int) bool { return weights[row] == 0 })
		if len(rows) == 0 {
			continue
		}
		class := commonest(rows, labels)
		members[class] = append(members[class], rows)
		for _, row := range rows {
			left[labels[row]]++
		}
	}
	for _, groups := range members {
		rng.Shuffle(len(groups), func(i, j int) { groups[i], groups[j] = groups[j], groups[i] })
		wanted := wantedGroups(groups)
		for i, rows := range groups {
			if wanted[i] && takeAll(rows, labels, left) {
				validation = append(validation, rows...)
			} else {
				training = append(training, rows...)
			}
		}
	}
	slices.Sort(training)
	slices.Sort(validation)
	return training, validation
}

// wantedGroups tells which of a class's groups to hold out: the first that fit
// into its share, or the smallest where none does.
func wantedGroups(groups [][]int) []bool {
	wanted := make([]bool, len(groups))
	if len(groups) < validationFrom {
		return wanted
	}
	total, smallest := 0, 0
	for i, rows := range groups {
		total += len(rows)
		if len(rows) < len(groups[smallest]) {
			smallest = i
		}
	}
	room := max(total/validationShare, 1)
	if len(groups[smallest]) > room {
		wanted[smallest] = true
		return wanted
	}
	for i, rows := range groups {
		if len(rows) <= room {
			wanted[i] = true
			room -= len(rows)
		}
	}
	return wanted
}

// commonest returns the class that most of the rows have, the first of several.
func commonest(rows, labels []int) int {
	if len(rows) == 1 {
		return labels[rows[0]]
	}
	best, counts := -1, map[int]int{}
	for _, row := range rows {
		class := labels[row]
		counts[class]++
		if best < 0 || counts[class] > counts[best] || counts[class] == counts[best] && class < best {
			best = class
		}
	}
	return best
}

// takeAll takes rows out of training, unless a class then has none left.
func takeAll(rows, labels, left []int) bool {
	for i, row := range rows {
		if left[labels[row]]--; left[labels[row]] == 0 {
			for _, row := range rows[:i+1] {
				left[labels[row]]++
			}
			return false
		}
	}
	return true
}
