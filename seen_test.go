package headstart_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/digitalinnovationone/headstart"
	"github.com/digitalinnovationone/headstart/head"
	"github.com/digitalinnovationone/headstart/head/metrics"
)

// divided writes a data set with train and test folders, where one test photo is a
// smaller copy of a training photo, and returns its folder.
func divided(t *testing.T) string {
	t.Helper()
	r := rand.New(rand.NewPCG(3, 4))
	data := t.TempDir()
	for i := range 24 {
		s := newScene(r)
		split := []string{"train", "train", "test"}[i%3]
		class := []string{"cats", "dogs"}[i/3%2]
		write(t, filepath.Join(data, split, class, fmt.Sprintf("%02d.png", i)), s.photo(120, 90, 0, 0, 1, 1, false), 0)
		if i == 0 {
			write(t, filepath.Join(data, "test", class, "copy.jpg"), s.photo(60, 45, 0, 0, 1, 1, false), 60)
		}
	}
	return data
}

// A copy that the data's own splits part from its photo is seen, however far the
// copy's embedding is.
func TestDuplicatesInOtherSplitsAreSeen(t *testing.T) {
	needsRuntime(t)
	engine := open(t, headstart.Config{Store: t.TempDir()})
	folder := divided(t)
	c := saved(t, engine, folder, func(h *head.Head) { h.Meta.NearBound = 0 })
	gates := []metrics.Gate{{Name: "min-accuracy"}}
	for _, data := range []string{folder, filepath.Join(folder, "test")} { // with splits and without
		all := headstart.EvaluateOptions{Gates: gates, Split: headstart.AllSplits}
		if data == folder {
			all.Split = ""
		}
		e, err := c.Evaluate(t.Context(), scan(t, data), all)
		if err != nil {
			t.Fatal(err)
		}
		last := e.Gates[len(e.Gates)-1]
		if e.Passed() || e.Images != 9 || e.TrainedOn != 1 || !strings.Contains(last.Reason, "on 1 of these 9 images or on duplicates of them (") ||
			!strings.Contains(last.Reason, "copy.jpg") {
			t.Errorf("%d images, %+v", e.Images, e.Gates)
		}
		e, err = c.Evaluate(t.Context(), scan(t, data), headstart.EvaluateOptions{Gates: gates, Unseen: true})
		if err != nil || !e.Passed() || e.Images != 8 || e.LeftOut.Seen != 1 {
			t.Errorf("without what was seen: %+v, %v", e, err)
		}
	}
}

// Images that were held back were compared with the training images when the head
// was trained: no bound makes them seen.
func TestImagesHeldBackAreNotSeen(t *testing.T) {
	needsRuntime(t)
	engine := open(t, headstart.Config{Store: t.TempDir()})
	folder := divided(t)
	c := saved(t, engine, folder, func(h *head.Head) { h.Meta.NearBound = 2 })
	e, err := c.Evaluate(t.Context(), scan(t, folder), headstart.EvaluateOptions{})
	if err != nil || e.Images != 9 || e.Seen[0].NearDuplicates != 0 || e.TrainedOn != 1 {
		t.Errorf("%+v, %v", e.Seen, err)
	}
	other := t.TempDir()
	write(t, filepath.Join(other, "cats", "new.png"), newScene(rand.New(rand.NewPCG(5, 6))).photo(120, 90, 0, 0, 1, 1, false), 0)
	if e, err = c.Evaluate(t.Context(), scan(t, other), headstart.EvaluateOptions{}); err != nil || e.Seen[0].NearDuplicates != 1 {
		t.Errorf("a new image within the bound: %+v, %v", e, err)
	}
}
