package web

import (
	"bytes"
	"errors"
	"image"
	"iter"
	"strings"
	"testing"

	headstart "github.com/digitalinnovationone/headstart"
)

func explanationOf(path, class string) *headstart.Explanation {
	return &headstart.Explanation{
		Prediction: headstart.Prediction{Path: path, Class: class, Probability: 0.93},
		Label:      "cats", Width: 3, Height: 2,
		Maps:  []headstart.ClassMap{{Class: class, Logit: 1.5, Values: []float32{0, 1, -2, 3, 0, 9}}},
		Frame: headstart.Frame{Right: 1, Bottom: 1},
		Photo: image.NewRGBA(image.Rect(0, 0, 12, 8)),
	}
}

// everyExplanation has a mistake with its evidence in each part of the photo, and a photo
// that cannot be read.
func everyExplanation(yield func(*headstart.Explanation, error) bool) {
	for best := range 9 {
		e := explanationOf("a.png", "dogs")
		e.Width, e.Height = 3, 3
		e.Maps[0].Values = make([]float32, 9)
		e.Maps[0].Values[best] = 1
		if !yield(e, nil) {
			return
		}
	}
	yield(&headstart.Explanation{Prediction: headstart.Prediction{Path: "b.png", Err: errors.New("cut short")}}, nil)
}

func TestExplanationsPage(t *testing.T) {
	hostile := `<script>alert("1")</script>' ` + "\u202e" + strings.Repeat("x", 300)
	unread := &headstart.Explanation{Prediction: headstart.Prediction{Path: "b.png", Err: errors.New("<b>cut short</b>")}}
	var page bytes.Buffer
	all := func(yield func(*headstart.Explanation, error) bool) {
		_ = yield(explanationOf("a.png", "cats"), nil) && yield(unread, nil) && yield(explanationOf(hostile, hostile), nil)
	}
	if err := WriteExplanations(&page, hostile, "", all); err != nil {
		t.Fatal(err)
	}
	text := page.String()
	for _, wanted := range []string{
		"<h2><bdi>a.png</bdi></h2>", "predicted <bdi>cats</bdi>, 0.93", "score &#43;1.50",
		"strongest at the bottom right", "&lt;b&gt;cut short&lt;/b&gt;", `<strong class="wrong">mistaken</strong>`,
	} {
		if !strings.Contains(text, wanted) {
			t.Errorf("the page lacks %q", wanted)
		}
	}
	for _, unwanted := range []string{"<script", "<b>", "\u202e", "ZgotmplZ", "http:", "https:"} {
		if strings.Contains(text, unwanted) {
			t.Errorf("the page has %q", unwanted)
		}
	}
	if n := strings.Count(text, `src="data:image/jpeg;base64,`); n != 4 {
		t.Errorf("%d pictures", n)
	}
	broken := errors.New("broken")
	var failing iter.Seq2[*headstart.Explanation, error] = func(yield func(*headstart.Explanation, error) bool) {
		_ = yield(explanationOf("a.png", "cats"), nil) && yield(nil, broken)
	}
	if err := WriteExplanations(&page, "", "", failing); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}
