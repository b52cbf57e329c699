package main

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/digitalinnovationone/headstart"
	"github.com/digitalinnovationone/headstart/internal/wording"
)

// watch shows what an Engine does: the backbone it chose, a progress bar, the
// unreadable images.
type watch struct {
	t     *terminal
	total int // images, where the Engine does not know
	store bool

	bar      *progress
	readable int
	new      int            // of the readable, those that were not in the store
	skipped  map[string]int // files that are not images, by extension
	verbose  bool           // name them
	reasons  reasons        // of unreadable images
	stop     func()         // ends the notes of how long a step has taken
}

func (w *watch) event(event headstart.Event) {
	switch e := event.(type) {
	case headstart.BackboneChosen:
		w.t.noteBackbone(e)
	case headstart.InputStarted:
		w.t.note("trying %s (%d of %d)", e.Name, e.N, e.Of)
	case headstart.ExtractionStarted:
		total := e.Total
		if total < 0 {
			total = w.total
		}
		w.bar, w.readable, w.new, w.skipped = w.t.progress("extracting", total), 0, 0, map[string]int{}
	case headstart.ImageDone:
		w.image(e)
	case headstart.ExtractionDone:
		w.bar.end()
		if e.MemoError != nil {
			w.t.note("warning: %v; they will be read again", e.MemoError)
		}
		if e.ReadOnly != nil {
			w.t.kept, w.store = "", false
		}
		if e.ReadOnly != nil && w.new > 0 {
			w.t.note("note: %s not kept: %v", wording.Count(w.new, "new embedding was", "new embeddings were"), e.ReadOnly)
		}
		w.noteSkipped()
	case headstart.ThumbnailsStarted:
		w.bar = w.t.progress("making thumbnails", e.Total)
	case headstart.ThumbnailDone:
		w.bar.step(false)
	case headstart.ThumbnailsDone:
		w.bar.end()
	case headstart.ComparisonStarted:
		w.stop = w.t.working("looking for near-duplicates among %d images", e.Images)
	case headstart.ComparisonDone:
		w.stop()
	case headstart.FitStarted:
		if w.t.kept = "no head was written"; w.store {
			w.t.kept += ", the embeddings are kept"
		}
		w.stop = w.t.working("training a head of %d classes on %d images", e.Classes, e.Images)
	case headstart.FitDone:
		w.stop()
	case headstart.CurvesStarted:
		w.stop = w.t.working("measuring learning curves")
	case headstart.CurvesDone:
		w.stop()
	case headstart.BaselineStarted:
		w.bar = w.t.progress("comparing with pixels", e.Total)
	case headstart.BaselineImageDone:
		w.bar.step(false)
	case headstart.BaselineDone:
		w.bar.end()
	}
}

func (w *watch) image(e headstart.ImageDone) {
	switch {
	case e.Skipped():
		w.skipped[strings.ToLower(filepath.Ext(e.Sample.Path))]++
		w.bar.step(false)
		if w.verbose {
			w.bar.note("skipped: %s: not an image", wording.Name(e.Sample.Path))
		}
	case e.Err != nil:
		w.reasons.add(e.Err)
		w.bar.step(true)
		w.bar.note("unreadable: %s: %v", wording.Name(e.Sample.Path), e.Err)
	default:
		w.readable++
		if !e.Cached {
			w.new++
		}
		w.bar.step(false)
	}
	if w.store {
		w.t.kept = "the embeddings of " + wording.Count(w.readable, "image", "images") + " are kept"
	}
}

// noteSkipped says how many files were skipped, of which kinds.
func (w *watch) noteSkipped() {
	total, kinds := 0, []string{}
	mostFirst := func(a, b string) int {
		return cmp.Or(cmp.Compare(w.skipped[b], w.skipped[a]), cmp.Compare(a, b))
	}
	for _, extension := range slices.SortedFunc(maps.Keys(w.skipped), mostFirst) {
		total += w.skipped[extension]
		kinds = append(kinds, fmt.Sprintf("%d %s", w.skipped[extension], cmp.Or(wording.Name(extension), "with no extension")))
	}
	if total == 0 {
		return
	}
	const most = 8 // kinds
	if len(kinds) > most {
		kinds = append(kinds[:most], "…")
	}
	hint := " (--verbose names them)"
	if w.verbose {
		hint = ""
	}
	w.t.note("note: skipped %s: %s%s", wording.Count(total, "file that is not an image", "files that are not images"), strings.Join(kinds, ", "), hint)
}

// noteBackbone prints which backbone was chosen, unless the user named just that.
func (t *terminal) noteBackbone(e headstart.BackboneChosen) {
	b := e.Backbone
	if e.Auto {
		t.note("backbone: %s", b.Name)
	}
	if b.Assumed {
		t.note("backbone: %s does not record its preprocessing; assuming torchvision's (shorter side %d, centre crop %d, ImageNet's mean and standard deviation)", b.Path, b.Preprocessing.Resize, b.Preprocessing.Crop)
	}
	if b.Classifier {
		t.note("warning: the output %s of %s looks like class scores, which are poor embeddings; headstart backbones add makes a backbone of its features", b.Output.Name, b.Path)
	}
}

// working prints every ten seconds how long a step has taken, until stop is
// called.
func (t *terminal) working(format string, args ...any) (stop func()) {
	began := time.Now()
	done := make(chan struct{})
	var teller sync.WaitGroup
	teller.Go(func() {
		ticks := time.NewTicker(lineInterval)
		defer ticks.Stop()
		for {
			select {
			case <-done:
				return
			case now := <-ticks.C:
				t.note(format+": %v so far", append(args, now.Sub(began).Round(time.Second))...)
			}
		}
	})
	return func() {
		close(done)
		teller.Wait()
	}
}
