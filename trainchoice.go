package headstart

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/digitalinnovationone/headstart/head"
	"github.com/digitalinnovationone/headstart/internal/wording"
)

// TriedInput is one way to make embeddings that Train has tried.
type TriedInput struct {
	Name string `json:"name"` // of the backbone, the view and the size
	// Cost is what an image takes in multiplications, compared with the first input,
	// which is what the Config names.
	Cost float64 `json:"cost"`
}

func triedInputs(inputs []*input) (tried []TriedInput) {
	if len(inputs) == 1 {
		return nil
	}
	for _, in := range inputs {
		tried = append(tried, TriedInput{in.name, in.cost / inputs[0].cost})
	}
	return tried
}

// choiceRows say what the head is, of all that was tried. Of all candidates that have
// something in common, the lowest smoothed log-loss is shown.
func choiceRows(r *TrainReport) [][]string {
	t := r.Training
	kind := func(c head.Candidate) string { return c.Head }
	rows := [][]string{{"kind", t.Head + whyChosen(t, kind, t.Head)}}
	if blocks := func(c head.Candidate) string { return blocksText(c.Blocks) }; t.Blocks != nil {
		rows = append(rows, []string{"blocks", blocksText(t.Blocks) + whyChosen(t, blocks, blocksText(t.Blocks))})
	}
	if len(r.Inputs) < 2 {
		return rows
	}
	at := slices.IndexFunc(r.Inputs, func(i TriedInput) bool { return i.Name == t.Input })
	rows = append(rows, []string{"images as", fmt.Sprintf("%s: %.3g times the computation of %s", t.Input, r.Inputs[at].Cost, r.Inputs[0].Name)})
	for _, in := range r.Inputs {
		loss, tried := lowest(t, func(c head.Candidate) bool { return c.Input == in.Name })
		if tried {
			rows = append(rows, []string{"", fmt.Sprintf("%s: smoothed log-loss %.4f, cost %.3g", in.Name, loss, in.Cost)})
		}
	}
	return rows
}

// lowest returns the lowest smoothed log-loss of the candidates that are wanted.
func lowest(t head.Training, wanted func(head.Candidate) bool) (loss float64, found bool) {
	for _, c := range t.Candidates {
		if wanted(c) && (!found || c.Smoothed < loss) {
			loss, found = c.Smoothed, true
		}
	}
	return loss, found
}

// whyChosen compares the candidates by what name tells of them, in brackets, or
// returns "" if there was one name only.
func whyChosen(t head.Training, name func(head.Candidate) string, chosen string) string {
	var names, losses []string
	for _, c := range t.Candidates {
		if n := name(c); !slices.Contains(names, n) {
			names = append(names, n)
			loss, _ := lowest(t, func(c head.Candidate) bool { return name(c) == n })
			losses = append(losses, fmt.Sprintf("%s %.4f", n, loss))
		}
	}
	if len(names) < 2 {
		return ""
	}
	why := "chosen by"
	best := slices.MinFunc(t.Candidates, func(a, b head.Candidate) int { return cmp.Compare(a.Smoothed, b.Smoothed) })
	if name(best) != chosen {
		why = "the lowest may be so by chance;"
	}
	return fmt.Sprintf(" (%s smoothed log-loss: %s)", why, strings.Join(losses, ", "))
}

// blocksText names the blocks that a head uses, and the weight of the earlier ones.
func blocksText(blocks []head.BlockWeight) string {
	if len(blocks) < 2 {
		return "last"
	}
	return fmt.Sprintf("%s × %g", wording.Count(len(blocks), "block", "blocks"), blocks[0].Weight)
}
