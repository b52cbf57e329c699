package headstart

import (
	"fmt"
	"strings"

	"github.com/digitalinnovationone/headstart/head"
	"github.com/digitalinnovationone/headstart/head/metrics"
	"github.com/digitalinnovationone/headstart/internal/pathjson"
	"github.com/digitalinnovationone/headstart/internal/wording"
)

// Seen counts, of the images measured, those that a head has seen: it was trained
// on them, on near-duplicates or on others of their groups. Scores on such images
// are optimistic.
type Seen struct {
	Head           string `json:"head"`            // its file
	TrainedOn      int    `json:"trained_on"`      // images that the head was trained on, or found duplicates of when it was
	NearDuplicates int    `json:"near_duplicates"` // further images, near-duplicates of what it was trained on
	// OfGroups counts further images of whose groups the head has seen others, as
	// far as the data shows: images of any split in which it knows one, or of its
	// train split.
	OfGroups int `json:"of_groups"`
	// Unsure counts images that are in none of the above, but may be ones that the
	// head was trained on: it has forgotten some of them, see head.MaxRemembered.
	Unsure int `json:"unsure,omitempty"`
	// AtLeast says that there may be more: the head keeps only a sample of what it
	// was trained on.
	AtLeast bool              `json:"at_least,omitempty"`
	Paths   []pathjson.String `json:"paths,omitempty"` // the first three
}

// seenPaths is how many images are named that a head has seen.
const seenPaths = 3

// text says in words how many images were seen. who is the head.
func (s Seen) text(who string, images int) string {
	atLeast := ""
	if s.AtLeast {
		atLeast = "at least "
	}
	var parts []string
	for _, part := range []struct {
		n             int
		before, after string
	}{{s.TrainedOn, "", " or on duplicates of them"}, {s.NearDuplicates, "near-duplicates of ", ""}, {s.OfGroups, "others of the groups of ", ""}} {
		switch {
		case part.n == 0:
		case len(parts) == 0:
			parts = append(parts, fmt.Sprintf("on %s%s%d of these %d images%s", part.before, atLeast, part.n, images, part.after))
		default:
			parts = append(parts, fmt.Sprintf("on %s%d more", part.before, part.n))
		}
	}
	last := len(parts) - 1
	if last > 0 {
		parts[last-1] += " and " + parts[last]
	}
	return who + " was trained " + strings.Join(parts[:max(1, last)], ", ")
}

// images is how many images were seen.
func (s Seen) images() int { return s.TrainedOn + s.NearDuplicates + s.OfGroups }

// named is text with the first paths.
func (s Seen) named(who string, images int) string {
	var names []string
	for _, path := range s.Paths {
		names = append(names, wording.Name(string(path)))
	}
	if more := s.images() - len(names); more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return s.text(who, images) + " (" + strings.Join(names, ", ") + ")"
}

// unsureText says of how many images a head cannot tell whether it has seen them.
func (s Seen) unsureText(who string, images int) string {
	return fmt.Sprintf("%s remembers only %d of the images it was trained on: %d of these %d may be others of them", who, head.MaxRemembered, s.Unsure, images)
}

// seenTexts says of each head that has seen images how many they are, by text or
// named.
func (e *Evaluation) seenTexts(say func(s Seen, who string, images int) string) []string {
	return e.ofHeads(Seen.images, say)
}

// unsureTexts says which heads cannot tell of some images whether they have seen
// them.
func (e *Evaluation) unsureTexts() []string {
	return e.ofHeads(func(s Seen) int { return s.Unsure }, Seen.unsureText)
}

// ofHeads says something of each head with a count.
func (e *Evaluation) ofHeads(count func(Seen) int, say func(s Seen, who string, images int) string) []string {
	var texts []string
	for i, s := range e.Seen {
		if count(s) > 0 {
			texts = append(texts, say(s, headName(i, s), e.Images))
		}
	}
	return texts
}

// headName names the i-th of the heads: the first is the one that is measured.
func headName(i int, s Seen) string {
	if i == 0 {
		return "the head"
	}
	return wording.Name(s.Head)
}

// noSeenImages is the gate that no image measured was seen by a head, or may have
// been.
func (e *Evaluation) noSeenImages() metrics.GateResult {
	seen := float64(e.seenImages)
	result := metrics.GateResult{Gate: "no seen images", Value: &seen, On: metrics.OnValue, AtMost: true}
	var reasons []string
	if texts := e.seenTexts(Seen.named); len(texts) > 0 {
		reasons = append(reasons, strings.Join(texts, "; ")+"; --unseen leaves them out, --allow-seen allows them")
	}
	if texts := e.unsureTexts(); len(texts) > 0 {
		if e.seenImages == 0 {
			result.Value = nil
		}
		reasons = append(reasons, strings.Join(texts, "; ")+"; --split test measures what was held back, as far as it is remembered, and --allow-seen allows all")
	}
	if result.Met = len(reasons) == 0; !result.Met {
		result.Reason = result.Gate + ": " + strings.Join(reasons, "; ")
	}
	return result
}

// summary counts what was seen.
func (l *look) summary() Seen {
	meta := l.c.head.Meta
	images, kept := 0, head.MaxRemembered
	for _, n := range meta.Training.Images {
		images += n
	}
	if meta.NearBound > 0 && meta.Unknown != nil {
		kept = meta.Unknown.References
	}
	s := Seen{Head: l.c.file(), AtLeast: images > kept}
	for i, seen := range l.seen {
		switch seen {
		case notSeen:
			if !head.Knows(l.c.head, l.found.Keys[i]) {
				s.Unsure++
			}
			continue
		case trainedOn:
			s.TrainedOn++
		case nearDuplicate:
			s.NearDuplicates++
		case ofGroup:
			s.OfGroups++
		}
		if len(s.Paths) < seenPaths {
			s.Paths = append(s.Paths, pathjson.String(l.found.Samples[i].Path))
		}
	}
	return s
}
