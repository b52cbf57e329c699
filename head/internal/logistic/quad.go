package logistic

// A quad is up to four rows of one part.
type quad struct {
	rows  [quadRows]int // those past count repeat the first
	count int
	part  int
}

func groups(block []quad) int { return (len(block) + groupQuads - 1) / groupQuads }

// quads cuts rows of one part into fours.
func quads(rows []int, part int) []quad {
	cut := make([]quad, 0, (len(rows)+quadRows-1)/quadRows)
	for ; len(rows) > 0; rows = rows[min(quadRows, len(rows)):] {
		q := quad{part: part, count: min(quadRows, len(rows))}
		for r := range q.rows {
			q.rows[r] = rows[0]
		}
		copy(q.rows[:], rows)
		cut = append(cut, q)
	}
	return cut
}
