package web

import (
	"slices"

	"github.com/digitalinnovationone/headstart/dataset"
)

// about is what the report was made from, and what is in no score.
type about struct {
	Splits          []string
	Classes         []classCount
	Notes           []string
	Unreadable      []unreadable
	UnreadableTitle string
}

type classCount struct {
	Name, Images string
	Splits       []string
}

type unreadable struct{ Path, Error string }

func (m *maker) about() *about {
	d := m.r.Data
	out := &about{}
	splits := []dataset.Split{dataset.Train, dataset.Val, dataset.Test}
	splits = slices.DeleteFunc(splits, func(s dataset.Split) bool {
		for _, c := range d.Classes {
			if c.Splits[s] > 0 {
				return false
			}
		}
		return true
	})
	for _, s := range splits {
		out.Splits = append(out.Splits, m.split(s))
	}
	for _, c := range d.Classes {
		count := classCount{Name: short(string(c.Class), 80), Images: m.Sprintf("%d", c.Images)}
		for _, s := range splits {
			count.Splits = append(count.Splits, m.Sprintf("%d", c.Splits[s]))
		}
		out.Classes = append(out.Classes, count)
	}
	note := func(n int, text string) {
		if n > 0 {
			out.Notes = append(out.Notes, m.text(text, n))
		}
	}
	note(d.Unpredicted, "%d photos are in no score, because every model has seen them, a duplicate or their group.")
	note(d.Skipped, "%d files that are not images were skipped.")
	for _, u := range d.Unreadable {
		out.Unreadable = append(out.Unreadable, unreadable{shown(string(u.Path)), shown(u.Error)})
	}
	out.UnreadableTitle = m.text("%d files could not be read", d.UnreadableImages)
	if m.r.Head.Version != "" {
		out.Notes = append(out.Notes, m.text("The head was trained by headstart %s.", short(m.r.Head.Version, 40)))
	}
	if m.r.Head.Digest != "" {
		out.Notes = append(out.Notes, m.text("SHA-256 of the head's file: %s…", short(m.r.Head.Digest, 64)))
	}
	return out
}
