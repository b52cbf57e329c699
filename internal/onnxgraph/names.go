package onnxgraph

import (
	"fmt"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph/internal/onnxpb"
)

// uniqueNames makes names that no value of a graph has.
type uniqueNames struct {
	taken map[string]bool
	last  map[string]int // of each name asked for, the number that was tried last
}

// namesOf returns the names that are taken in graphs, which share their values.
func namesOf(graphs ...*onnxpb.GraphProto) *uniqueNames {
	u := &uniqueNames{make(map[string]bool), make(map[string]int)}
	for _, g := range graphs {
		addNames(u.taken, g)
	}
	return u
}

// free returns and takes the name, with a number appended if it is taken.
func (u *uniqueNames) free(name string) string {
	free := name
	for u.taken[free] {
		u.last[name]++
		free = fmt.Sprintf("%s_%d", name, u.last[name]+1)
	}
	u.taken[free] = true
	return free
}
