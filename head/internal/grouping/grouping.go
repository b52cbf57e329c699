// Package grouping lists the rows of groups: rows that must not be parted, such
// as copies of one image.
package grouping

// Rows returns the rows 0 to n-1 of each group in ascending order, and the groups
// in the order of their first rows. groups numbers the group of each row; nil
// means that each row is alone.
func Rows(groups []int, n int) [][]int {
	number, count := make([]int, n), n // of each row, that of its group in what is returned
	if groups == nil {
		for row := range number {
			number[row] = row
		}
	} else {
		numbers := make(map[int]int, n)
		for row, group := range groups {
			at, seen := numbers[group]
			if !seen {
				at = len(numbers)
				numbers[group] = at
			}
			number[row] = at
		}
		count = len(numbers)
	}
	ends := make([]int, count+1) // of the groups before
	for _, at := range number {
		ends[at+1]++
	}
	for at := range count {
		ends[at+1] += ends[at]
	}
	rows, all := make([]int, n), make([][]int, count)
	for at := range all {
		all[at] = rows[ends[at]:ends[at]:ends[at+1]]
	}
	for row, at := range number {
		all[at] = append(all[at], row)
	}
	return all
}
