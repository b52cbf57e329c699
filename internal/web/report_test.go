package web

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"

	headstart "github.com/digitalinnovationone/headstart"
	"github.com/digitalinnovationone/headstart/head/metrics"
)

// written returns the page of a report.
func written(t *testing.T, r *headstart.Report, lang string) string {
	t.Helper()
	var out bytes.Buffer
	if err := WriteReport(&out, r, lang); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// pageData returns what the script of a page reads.
func pageData(t *testing.T, page string) (d data) {
	t.Helper()
	_, rest, found := strings.Cut(page, `<script type="application/json" id="data">`)
	text, _, ended := strings.Cut(rest, "</script>")
	if !found || !ended {
		t.Fatal("the page has no data")
	}
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestEachPictureIsInThePageOnce(t *testing.T) {
	r := synthetic(t, flowers, 150)
	page := html.UnescapeString(written(t, r, ""))
	for i, p := range r.Photos {
		if n := strings.Count(page, base64.StdEncoding.EncodeToString(p.Thumbnail)+`"`); n != 1 {
			t.Errorf("picture %d is in the page %d times", i, n)
		}
	}
}

func TestPageStaysBelow25MB(t *testing.T) {
	r := synthetic(t, flowers, headstart.MaxPhotos)
	for i := range r.Photos {
		r.Photos[i].Thumbnail = bytes.Repeat([]byte{byte(i)}, headstart.MaxThumbnail)
	}
	for len(r.Map.Points) < headstart.MaxMapPoints {
		r.Map.Points = append(r.Map.Points, r.Map.Points[len(r.Map.Points)%100])
	}
	if size := len(written(t, r, "")); size > 25e6 {
		t.Errorf("%.1f MB", float64(size)/1e6)
	}
}

func TestHostileNamesDoNotLeaveTheirPlace(t *testing.T) {
	page := written(t, synthetic(t, hostile, 80), "")
	if n := strings.Count(page, "<script"); n != 2 {
		t.Errorf("%d scripts, not data and ours", n)
	}
	for _, bad := range []string{"<img src=x", "<b>long", "\u202e", "\x00", "\xff", "ZgotmplZ"} {
		if strings.Contains(page, bad) {
			t.Errorf("%q is in the page", bad)
		}
	}
	for _, kept := range []string{"&lt;script&gt;window.ran = true&lt;/script&gt;", `\xff\xfe not UTF-8 \u0000\u000a`, `\u202egnp.exe\u2066`, "<bdi>مرحبا"} {
		if !strings.Contains(page, kept) {
			t.Errorf("%q is not in the page", kept)
		}
	}
	d := pageData(t, page)
	if want := shown(hostile[1]); !strings.HasPrefix(want, d.Photos[1].Label[:20]) || !strings.Contains(d.Photos[1].Path, want) {
		t.Errorf("label %q, path %q", d.Photos[1].Label, d.Photos[1].Path)
	}
}

func TestSectionsWithoutDataAreLeftOut(t *testing.T) {
	r := &headstart.Report{Classes: flowers}
	r.Measured.Metrics = metrics.Evaluate([][]float64{{1, 0, 0, 0, 0}, {0, 1, 0, 0, 0}}, []int{0, 1}, nil, flowers)
	page := written(t, r, "")
	for _, id := range []string{"photos", "looked", "plots", "transfer", "map", "unreadable"} {
		if strings.Contains(page, `id="`+id+`"`) || strings.Contains(page, `href="#`+id+`"`) {
			t.Errorf("%s is in a page without such data", id)
		}
	}
	if !strings.Contains(page, "1.000") || !strings.Contains(page, "Nothing stands out") {
		t.Error("the scores are not in the page, or no advice is not said")
	}
	if page := written(t, &headstart.Report{}, ""); !strings.Contains(page, "Not measured") {
		t.Error("an empty report does not say that nothing was measured")
	}
}

func TestManyClassesAreListedByPairs(t *testing.T) {
	many := make([]string, 100)
	for i := range many {
		many[i] = strings.Repeat("k", i+1)
	}
	page := written(t, synthetic(t, many, 400), "")
	if strings.Contains(page, `<table class="dense"`) || !strings.Contains(page, "too many for a matrix") {
		t.Error("a matrix of 100 classes")
	}
	if n := strings.Count(page, "data-cell="); n == 0 || n > maxPairs+1 {
		t.Errorf("%d cells", n)
	}
}

func TestIndicesThatLeadNowhereAreErrors(t *testing.T) {
	for name, spoil := range map[string]func(*headstart.Report){
		"photo of a list":  func(r *headstart.Report) { r.Lists.Mistakes.Photos = []int{len(r.Photos)} },
		"photo of a group": func(r *headstart.Report) { r.Lists.Duplicates.Shown[0].Photos[0] = -1 },
		"class of a photo": func(r *headstart.Report) { r.Photos[0].Predicted = len(r.Classes) },
		"cell":             func(r *headstart.Report) { r.Measured.Cells[0].Actual = -1 },
		"point of the map": func(r *headstart.Report) { r.Map.Points[0].Photo = len(r.Photos) },
	} {
		r := synthetic(t, flowers, 40)
		spoil(r)
		if err := WriteReport(new(bytes.Buffer), r, ""); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if err := WriteReport(new(bytes.Buffer), nil, ""); err == nil {
		t.Error("nil: no error")
	}
}

func TestSameReportSameBytes(t *testing.T) {
	if written(t, synthetic(t, flowers, 60), "pt") != written(t, synthetic(t, flowers, 60), "pt") {
		t.Error("two pages of one report differ")
	}
}

func TestProbabilitiesAreNotRoundedToCertainty(t *testing.T) {
	w, err := wordsIn("")
	if err != nil {
		t.Fatal(err)
	}
	for value, want := range map[float64]string{1: "1.00", 0.9999: ">0.99", 0.994: "0.99", 0.5: "0.50", 0.0001: "<0.01", 0: "0.00"} {
		if got := w.probability(value); got != want {
			t.Errorf("%v: %s, not %s", value, got, want)
		}
	}
}

// Nothing in a page is styled or run but what its policy names.
func TestNothingIsInline(t *testing.T) {
	page := written(t, synthetic(t, flowers, 60), "")
	_, body, _ := strings.Cut(page, "<body>")
	if found := regexp.MustCompile(`<[^>]* (style|on[a-z]+)=`).FindString(body); found != "" {
		t.Errorf("inline: %s", found)
	}
	if found := regexp.MustCompile(`(src|href)="(https?:)?//[^"]*`).FindString(page); found != "" {
		t.Errorf("a request: %s", found)
	}
}

func TestFirstScreenShowsThePhotosThatMatter(t *testing.T) {
	r := synthetic(t, flowers, 150)
	r.Advice = []headstart.Advice{{Kind: headstart.AdviceLabels, Count: 1, Of: 150}}
	r.Lists.LabelErrors.Photos[0] = r.Lists.Mistakes.Photos[1]
	w, err := wordsIn("")
	if err != nil {
		t.Fatal(err)
	}
	p, err := newPage(r, w)
	if err != nil {
		t.Fatal(err)
	}
	if photos := p.Headline.Advice[0].Photos; len(photos) != 1 || photos[0].Index != r.Lists.Mistakes.Photos[1] {
		t.Errorf("photos %v beside advice on one label", photos)
	}
	var first []int
	for _, f := range p.Headline.First {
		first = append(first, f.Index)
	}
	m := r.Lists.Mistakes.Photos
	if want := []int{m[0], m[2], m[3]}; !slices.Equal(first, want) {
		t.Errorf("mistakes %v are shown first, not %v", first, want)
	}
	for len(r.Advice) <= roomFor {
		r.Advice = append(r.Advice, r.Advice[0])
	}
	if p, err = newPage(r, w); err != nil || len(p.Headline.First) > 0 {
		t.Errorf("much advice leaves room for %d photos, error %v", len(p.Headline.First), err)
	}
}
