package dataset

import "fmt"

// tally counts what was skipped for one reason: a note names the first, however
// many there are.
type tally struct {
	n     int
	first string
}

func (t *tally) add(name string) {
	if t.n++; t.n == 1 {
		t.first = name
	}
}

// note returns the note, if there is something to say. where is the file or
// folder that it is about.
func (t *tally) note(where, what string) []string {
	switch t.n {
	case 0:
		return nil
	case 1:
		return []string{fmt.Sprintf("%s: skipped %s: %.200q", where, what, t.first)}
	}
	return []string{fmt.Sprintf("%s: skipped %s: %d, the first is %.200q", where, what, t.n, t.first)}
}
