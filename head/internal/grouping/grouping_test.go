package grouping

import (
	"reflect"
	"testing"
)

func TestRowsOfGroups(t *testing.T) {
	if got, want := Rows([]int{7, -1, 7, 3, -1}, 5), [][]int{{0, 2}, {1, 4}, {3}}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got, want := Rows(nil, 3), [][]int{{0}, {1}, {2}}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := Rows(nil, 0); len(got) != 0 {
		t.Errorf("%v of nothing", got)
	}
}
