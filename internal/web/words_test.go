package web

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"strconv"
	"strings"
	"testing"

	headstart "github.com/digitalinnovationone/headstart"
	"github.com/digitalinnovationone/headstart/head"
	"github.com/digitalinnovationone/headstart/head/metrics"
)

// everything are reports that together say all that there is to say.
func everything(t *testing.T) []*headstart.Report {
	all := synthetic(t, flowers, 150)
	interval := &metrics.Interval{Low: 0.4, High: 0.9}
	all.Advice = []headstart.Advice{
		{Kind: headstart.AdviceLabels, Count: 2, Of: 9}, {Kind: headstart.AdviceContradictions, Count: 2}, {Kind: headstart.AdviceLeaks, Count: 2},
		{Kind: headstart.AdviceConfused, Class: "daisy", Other: "roses", Count: 2, Of: 9}, {Kind: headstart.AdviceFewPhotos, Class: "daisy", Count: 2, Interval: interval},
		{Kind: headstart.AdviceUneven, Class: "daisy", Other: "roses", Count: 20, Of: 3}, {Kind: headstart.AdviceUnknown, Count: 2, Of: 9},
		{Kind: headstart.AdviceMorePhotos, Interval: interval}, {Kind: headstart.AdviceUnreadable, Count: 2, Of: 9},
		{Kind: headstart.AdviceDuplicates, Count: 2, Of: 9},
	}
	all.Refit = &headstart.Refit{SameHead: true}
	for _, over := range []string{headstart.OverCrossValidation, headstart.OverTest, headstart.OverVal, headstart.OverUnseen} {
		all.Others = append(all.Others, headstart.OtherScores{Over: over, Scores: metrics.Scores{Images: 9}})
	}
	all.Data.Skipped, all.Data.Unpredicted = 2, 2
	all.Data.Classes[0].Splits["val"], all.Data.Classes[0].Splits["test"] = 1, 1
	all.Data.Sources = append(all.Data.Sources, "more")
	all.Photos[4].Predicted, all.Photos[4].Probability = -1, nil
	all.Photos[5].Thumbnail = nil
	all.Map.Images++
	all.Measured.Cells[0].Images++
	all.Lists.Duplicates.Shown[0].Images++

	reports := []*headstart.Report{all}
	for i, over := range []string{headstart.OverTest, headstart.OverVal, headstart.OverUnseen} {
		r := synthetic(t, flowers, 40)
		r.Measured.Over, r.Refit = over, &headstart.Refit{}
		r.Learning.Fit.CanTell = false
		switch i {
		case 1:
			r.Learning.Fit = nil
			r.NotLooked = "the backbone has no maps"
		case 2:
			r.Learning.Fit.CanTell, r.Learning.Fit.Verdict = true, head.Saturated
			r.Map.Method = head.MapNeighbours
		default:
			r.Map.Method = head.MapDiscriminant
		}
		r.Pixels.NoRandomWeight = "it is quantised"
		r.Advice, r.Head.File, r.Data.Sources = nil, "", nil
		reports = append(reports, r)
	}
	unmeasured := synthetic(t, flowers, 40)
	unmeasured.Measured.Metrics, unmeasured.Advice = nil, nil
	unmeasured.NotLooked = "the backbone has no map"
	reports = append(reports, unmeasured)
	many := make([]string, 50)
	for i := range many {
		many[i] = fmt.Sprint("class ", i)
	}
	return append(reports, synthetic(t, many, 200))
}

func TestEverythingIsSaidInPortuguese(t *testing.T) {
	said := map[string]bool{}
	for _, r := range everything(t) {
		w, err := wordsIn("pt")
		if err != nil {
			t.Fatal(err)
		}
		w.said = func(key string) { said[key] = true }
		if err := w.write(io.Discard, r); err != nil {
			t.Fatal(err)
		}
	}
	w, err := wordsIn("pt")
	if err != nil {
		t.Fatal(err)
	}
	w.said = func(key string) { said[key] = true }
	if err := w.writeExplanations(io.Discard, "pets.onnx", everyExplanation); err != nil {
		t.Fatal(err)
	}
	for key := range said {
		if _, plural := plurals[key]; !plural && portuguese[key] == "" {
			t.Errorf("not in Portuguese: %q", key)
		}
	}
	for key := range portuguese {
		if !said[key] {
			t.Errorf("never said: %q", key)
		}
	}
	for key, forms := range plurals {
		if !said[key] {
			t.Errorf("never said: %q", key)
		}
		for _, form := range forms {
			if !sameVerbs(key, form) {
				t.Errorf("%q does not have the values of %q", form, key)
			}
		}
	}
	for key, text := range portuguese {
		if !sameVerbs(key, text) || strings.ContainsAny(text, "<>&\"") {
			t.Errorf("%q does not have the values of %q, or has HTML in it", text, key)
		}
	}
}

// What is not rendered by the reports above is found in the templates.
func TestTemplatesSayWhatIsInPortuguese(t *testing.T) {
	quoted := regexp.MustCompile("\\bt (\"[^\"]*\"|`[^`]*`)")
	err := fs.WalkDir(files, "templates", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(files, path)
		for _, found := range quoted.FindAllSubmatch(content, -1) {
			if key, err := strconv.Unquote(string(found[1])); err != nil || portuguese[key] == "" {
				t.Errorf("%s: not in Portuguese: %s", path, found[1])
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// sameVerbs says whether two messages have the same values in them.
func sameVerbs(a, b string) bool {
	verbs := regexp.MustCompile(`%(\[\d\])?[ds]`)
	return strings.Join(verbs.FindAllString(a, -1), "") == strings.Join(verbs.FindAllString(b, -1), "") || sameNumbered(verbs, a, b)
}

// sameNumbered allows for numbered values in another order.
func sameNumbered(verbs *regexp.Regexp, a, b string) bool {
	set := func(text string) map[string]bool {
		all := map[string]bool{}
		for _, verb := range verbs.FindAllString(text, -1) {
			all[verb] = strings.Contains(verb, "[")
		}
		return all
	}
	x, y := set(a), set(b)
	for verb, numbered := range x {
		if !numbered || !y[verb] {
			return false
		}
	}
	return len(x) == len(y)
}

func TestNumbersFollowTheLanguage(t *testing.T) {
	for lang, want := range map[string][]string{
		"en": {"0.963", "1,234 photos: actual a, predicted b", "1 photo: actual a, predicted b", "daisy has only 3 photos"},
		"pt": {"0,963", "1.234 fotos: real a, previsto b", "1 foto: real a, previsto b", "daisy tem só 3 fotos"},
	} {
		w, err := wordsIn(lang)
		if err != nil {
			t.Fatal(err)
		}
		const photos = "%d photos: actual %s, predicted %s"
		got := []string{w.share(0.9631), w.text(photos, 1234, "a", "b"), w.text(photos, 1, "a", "b"),
			w.text("%[2]s has only %[1]d photos, so its recall could be anywhere from %[3]s to %[4]s. Add more.", 3, "daisy", "0", "1")}
		for i := range want {
			if !strings.HasPrefix(got[i], want[i]) {
				t.Errorf("%s: %q, not %q", lang, got[i], want[i])
			}
		}
	}
}

func TestLanguages(t *testing.T) {
	for lang, want := range map[string]string{"": "en", "en": "en", "en-GB": "en", "pt": "pt-BR", "pt-BR": "pt-BR", "pt_BR": "pt-BR", "pt-PT": "pt-BR"} {
		w, err := wordsIn(lang)
		if err != nil || w.tag.String() != want {
			t.Errorf("%q: %v, error %v", lang, w, err)
		}
	}
	for _, lang := range []string{"ja", "klingon", "-"} {
		if err := WriteReport(new(bytes.Buffer), synthetic(t, flowers, 40), lang); err == nil {
			t.Errorf("%q: a report in another language", lang)
		}
	}
}

func TestPortugueseExplanationsHaveNoEnglish(t *testing.T) {
	var out bytes.Buffer
	if err := WriteExplanations(&out, "pets.onnx", "pt", everyExplanation); err != nil {
		t.Fatal(err)
	}
	for _, wanted := range []string{`<html lang="pt-BR">`, "previsto <bdi>dogs</bdi>, 0,93", "mais forte embaixo, à direita", "não pode ser lida: cut short"} {
		if !strings.Contains(out.String(), wanted) {
			t.Errorf("no %q", wanted)
		}
	}
	text := regexp.MustCompile(`(?s)<style.*?</style>|<meta[^>]*>|(src|class)="[^"]*"`).ReplaceAllString(out.String(), "")
	for _, word := range []string{" the ", " photo ", "actual", "predicted", "score +", "%!"} {
		if i := strings.Index(text, word); i >= 0 {
			t.Errorf("%q in a Portuguese page: %.200s", word, text[max(0, i-80):])
		}
	}
}

func TestPortugueseReportHasNoEnglish(t *testing.T) {
	var out bytes.Buffer
	if err := WriteReport(&out, synthetic(t, flowers, 150), "pt"); err != nil {
		t.Fatal(err)
	}
	text := regexp.MustCompile(`(?s)<script.*?</script>|<style.*?</style>|<[^>]*>`).ReplaceAllString(out.String(), "\n")
	for _, word := range []string{"Matriz de confusão", "Acurácia", "Rótulos suspeitos", "quase duplicatas", "Curva de aprendizado", "apas de calor", "0,"} {
		if !strings.Contains(text, word) {
			t.Errorf("no %q", word)
		}
	}
	for _, word := range []string{" the ", " photos ", "actual", "predicted ", "%!"} {
		if strings.Contains(text, word) {
			t.Errorf("%q in a Portuguese report: %s", word, text[max(0, strings.Index(text, word)-80):][:200])
		}
	}
}
