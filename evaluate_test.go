package headstart_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/digitalinnovationone/headstart"
	"github.com/digitalinnovationone/headstart/head"
	"github.com/digitalinnovationone/headstart/head/metrics"
)

// retouched writes photos that differ from some of others by one pixel.
func retouched(t *testing.T, from, to string, n int) {
	t.Helper()
	for i := range n {
		name := fmt.Sprintf("%02d.png", i)
		file, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			t.Fatal(err)
		}
		picture, err := png.Decode(bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		picture.(interface{ Set(x, y int, c color.Color) }).Set(0, 0, color.White)
		var content bytes.Buffer
		if err := png.Encode(&content, picture); err != nil {
			t.Fatal(err)
		}
		writePhoto(t, filepath.Join(to, name), content.Bytes())
	}
}

func writePhoto(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o666); err != nil {
		t.Fatal(err)
	}
}

// saved trains a head on the photos in a folder and saves it with a change.
func saved(t *testing.T, engine *headstart.Engine, folder string, change func(h *head.Head)) *headstart.Classifier {
	t.Helper()
	c, _, err := engine.Train(t.Context(), scan(t, folder), headstart.TrainOptions{Head: head.LDA})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "head.onnx")
	if err := c.Save(file); err != nil {
		t.Fatal(err)
	}
	h, err := head.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	change(h)
	if err := h.Write(file); err != nil {
		t.Fatal(err)
	}
	if c, err = engine.Load(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	return c
}

// Gates are not met by near-duplicates of what a head was trained on either, as
// far as it can tell, and it can leave them out.
func TestGatesKnowNearDuplicates(t *testing.T) {
	needsRuntime(t)
	engine := open(t, headstart.Config{Store: t.TempDir()})
	folder, others := t.TempDir(), t.TempDir()
	for class, tint := range colours {
		retouched(t, filepath.Join(photos, class), filepath.Join(folder, class), 3)
		for i := range uint64(8) {
			name := fmt.Sprintf("new-%d.png", i)
			writePhoto(t, filepath.Join(folder, class, name), draw(tint, 100+i))
			writePhoto(t, filepath.Join(others, class, name), draw(tint, 200+i))
		}
	}
	data := scan(t, folder)
	bound := func(bound float64) func(h *head.Head) {
		return func(h *head.Head) {
			h.Meta.NearBound = bound
			h.RememberPictures(nil, 0)
		}
	}
	near, exact, other := saved(t, engine, photos, bound(0.02)), saved(t, engine, photos, bound(0)), saved(t, engine, others, bound(0.02))
	pictured := saved(t, engine, photos, func(h *head.Head) { h.Meta.NearBound = 0 })
	gates := []metrics.Gate{{Name: "min-accuracy"}}
	for name, c := range map[string]struct {
		head, other           *headstart.Classifier
		options               headstart.EvaluateOptions
		seen, seenByOther, of int
		passed                bool
	}{
		"near-duplicates":       {near, nil, headstart.EvaluateOptions{}, 6, 0, 22, false},
		"by pictures alone":     {pictured, nil, headstart.EvaluateOptions{}, 6, 0, 22, false},
		"of the other head":     {other, near, headstart.EvaluateOptions{}, 0, 6, 22, false},
		"allowed":               {near, nil, headstart.EvaluateOptions{AllowSeen: true}, 6, 0, 22, true},
		"left out":              {near, nil, headstart.EvaluateOptions{Unseen: true}, 0, 0, 16, true},
		"left out for another":  {other, near, headstart.EvaluateOptions{Unseen: true}, 0, 0, 16, true},
		"a head without bound":  {exact, nil, headstart.EvaluateOptions{}, 0, 0, 22, true},
		"photos of no one's":    {other, nil, headstart.EvaluateOptions{}, 0, 0, 22, true},
		"a head beside its own": {other, exact, headstart.EvaluateOptions{}, 0, 0, 22, true},
	} {
		options := c.options
		options.Gates, options.NotWorseThan = gates, c.other
		e, err := c.head.Evaluate(t.Context(), data, options)
		if err != nil {
			t.Fatal(name, err)
		}
		if e.Images != c.of || e.Passed() != c.passed || e.TrainedOn != 0 || e.Seen[0].NearDuplicates != c.seen {
			t.Errorf("%s: %d images, passed %v, %+v", name, e.Images, e.Passed(), e.Seen)
		}
		if c.other != nil && e.Seen[1].NearDuplicates != c.seenByOther {
			t.Errorf("%s: %+v", name, e.Seen)
		}
		if left := e.LeftOut.Seen == 6; left != c.options.Unseen {
			t.Errorf("%s: left out %+v", name, e.LeftOut)
		}
		if last := e.Gates[len(e.Gates)-1]; !c.passed && (!strings.Contains(last.Reason, "near-duplicates of 6 of these 22 images (") ||
			!strings.Contains(last.Reason, filepath.Join("blue", "00.png")) || !strings.Contains(last.Reason, "and 3 more)")) {
			t.Errorf("%s: %+v", name, last)
		}
	}
	sampled := saved(t, engine, photos, func(h *head.Head) {
		bound(0.02)(h)
		h.Meta.Unknown.References--
	})
	e, err := near.Evaluate(t.Context(), data, headstart.EvaluateOptions{Unseen: true})
	if err != nil || len(e.Notes) != 0 {
		t.Errorf("a head that keeps all, unseen: %+v, %v", e.Notes, err)
	}
	e, err = sampled.Evaluate(t.Context(), data, headstart.EvaluateOptions{Unseen: true})
	if err != nil || len(e.Notes) != 1 || !strings.Contains(e.Notes[0].Text, "the head keeps only a sample") {
		t.Errorf("a head that keeps a sample, unseen: %+v, %v", e.Notes, err)
	}
	e, err = near.Evaluate(t.Context(), data, headstart.EvaluateOptions{})
	if err != nil || len(e.Notes) != 1 || !e.Notes[0].Warning || !strings.Contains(e.Notes[0].Text, "near-duplicates of 6 of these 22 images") {
		t.Errorf("without gates: %+v, %v", e.Notes, err)
	}
}

// A head of an older version may know nothing of what it was trained on, and one
// of very many images only a part.
func TestEvaluateSaysWhatAHeadDoesNotKnow(t *testing.T) {
	needsRuntime(t)
	engine := open(t, headstart.Config{Store: t.TempDir()})
	data := scan(t, photos)
	forgetful := saved(t, engine, photos, func(h *head.Head) {
		head.Remember(h, "train", [][32]byte{})
		h.Meta.NearBound = 0
		h.RememberPictures(nil, 0)
	})
	e, err := forgetful.Evaluate(t.Context(), data, headstart.EvaluateOptions{Gates: []metrics.Gate{{Name: "min-accuracy"}}})
	if err != nil || !e.Passed() || len(e.Notes) != 1 || !strings.Contains(e.Notes[0].Text, "does not say what it was trained on") {
		t.Errorf("%+v, %v", e, err)
	}
	partly := saved(t, engine, photos, func(h *head.Head) {
		keys := make([][32]byte, 100_001)
		for i := range keys {
			binary.BigEndian.PutUint64(keys[i][:], uint64(i))
		}
		head.Remember(h, "train", keys)
		h.Meta.NearBound = 0
		h.RememberPictures(nil, 0)
	})
	const said = "the head remembers only 100000 of the images it was trained on: 24 of these 24 may be others of them"
	unseen := headstart.EvaluateOptions{Split: headstart.AllSplits, Unseen: true}
	e, err = partly.Evaluate(t.Context(), data, unseen)
	if err != nil || len(e.Notes) != 1 || e.Notes[0].Text != "scores may be optimistic: "+said {
		t.Errorf("%+v, %v", e, err)
	}
	unseen.Gates = []metrics.Gate{{Name: "min-accuracy"}}
	e, err = partly.Evaluate(t.Context(), data, unseen)
	if err != nil || e.Passed() || !strings.Contains(e.Gates[1].Reason, said) || e.Seen[0].Unsure != 24 {
		t.Errorf("with a gate: %+v, %v", e, err)
	}
}

// What neither head has seen may be nothing, although each has left something out.
func TestTheErrorOfNothingLeftCountsForEachHead(t *testing.T) {
	needsRuntime(t)
	engine := open(t, headstart.Config{Store: t.TempDir()})
	folder := t.TempDir()
	for class, tint := range colours {
		for i := range uint64(10) {
			writePhoto(t, filepath.Join(folder, class, fmt.Sprintf("%d.png", i)), draw(tint, 300+i))
		}
	}
	train := func(name string, o headstart.TrainOptions) *headstart.Classifier {
		c, _, err := engine.Train(t.Context(), scan(t, folder), o)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Save(filepath.Join(t.TempDir(), name)); err != nil {
			t.Fatal(err)
		}
		return c
	}
	released := train("released.onnx", headstart.TrainOptions{Head: head.LDA})
	c := train("new.onnx", headstart.TrainOptions{Head: head.LDA, Holdout: headstart.Holdout{Test: 0.2}})
	_, err := c.Evaluate(t.Context(), scan(t, folder), headstart.EvaluateOptions{Unseen: true, NotWorseThan: released})
	all, is := errors.AsType[*headstart.AllSeenError](err)
	if !is || !all.OtherHead() || !strings.Contains(err.Error(), "of 20 images ") ||
		!strings.Contains(err.Error(), "new.onnx has seen 16, and ") || !strings.HasSuffix(err.Error(), "released.onnx 20") {
		t.Errorf("%v", err)
	}
}
