package headstart

import (
	"fmt"
	"slices"
	"strings"

	"github.com/digitalinnovationone/headstart/head"
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

// choiceRows say what the head is, of all that was tried: its own smoothed log-loss, and
// the lowest of all candidates that have something else in common.
func choiceRows(r *TrainReport) [][]string {
	t := r.Training
	kind := func(c head.Candidate) string { return c.Head }
	rows := [][]string{{"kind", t.Head + whyChosen(t, kind, t.Head)}}
	if blocks := func(c head.Candidate) string { return blocksText(c.Blocks) }; t.Blocks != nil {
		rows = append(rows, []string{"blocks", blocksText(t.Blocks) + whyChosen(t, blocks, blocksText(t.Blocks))})
	}
	if len(r.Inputs) > 1 {
		rows = append(rows, []string{"input", fmt.Sprintf("%s (of %d, compared below)", t.Input, len(r.Inputs))})
	}
	return rows
}

// inputRows is a table of the inputs that were tried, if there are several.
func inputRows(r *TrainReport) [][]string {
	if len(r.Inputs) < 2 {
		return nil
	}
	rows := [][]string{{"backbone, view and size", "smoothed log-loss", "computation"}}
	for _, in := range r.Inputs {
		loss, tried := lowest(r.Training, func(c head.Candidate) bool { return c.Input == in.Name })
		if !tried {
			continue
		}
		var chosen []string
		if in.Name == r.Training.Input {
			loss, chosen = own(r.Training), []string{"chosen"}
		}
		rows = append(rows, append([]string{in.Name, fmt.Sprintf("%.4f", loss), fmt.Sprintf("× %.3g", in.Cost)}, chosen...))
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

// own returns the smoothed log-loss of the candidate that the head is.
func own(t head.Training) float64 {
	loss, _ := lowest(t, func(c head.Candidate) bool {
		return c.Head == t.Head && c.Input == t.Input && blocksText(c.Blocks) == blocksText(t.Blocks)
	})
	return loss
}

// whyChosen compares the candidates by what name tells of them, in brackets, or
// returns "" if there was one name only.
func whyChosen(t head.Training, name func(head.Candidate) string, chosen string) string {
	var others []string
	seen, first := []string{chosen}, true
	for _, c := range t.Candidates {
		if n := name(c); !slices.Contains(seen, n) {
			seen = append(seen, n)
			loss, _ := lowest(t, func(c head.Candidate) bool { return name(c) == n })
			others = append(others, fmt.Sprintf("%s %.4f", n, loss))
			first = first && own(t) <= loss
		}
	}
	if others == nil {
		return ""
	}
	why := fmt.Sprintf("smoothed log-loss %.4f; %s", own(t), strings.Join(others, ", "))
	if !first {
		why += ": not clearly lower"
	}
	return " (" + why + ")"
}

// blocksText names the blocks that a head uses, and the weight of the earlier ones.
func blocksText(blocks []head.BlockWeight) string {
	switch {
	case len(blocks) < 2:
		return "last"
	case blocks[0].Weight == 1:
		return fmt.Sprintf("all %d", len(blocks))
	}
	return fmt.Sprintf("all %d with the earlier ones × %g", len(blocks), blocks[0].Weight)
}
