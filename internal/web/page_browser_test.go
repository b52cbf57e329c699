package web

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	headstart "github.com/digitalinnovationone/headstart"
)

func TestReportLoadsWithoutRequests(t *testing.T) {
	page := open(t, synthetic(t, flowers, 150), "", "light", 1280)
	for _, part := range []string{"score", "next", "confusion", "classes", "photos", "mistakes", "label-errors", "least-certain", "most-unknown", "duplicates", "looked",
		"plot-learning", "plot-learning-log-loss", "plot-reliability", "plot-probabilities", "plot-roc", "plot-precision-recall", "plot-unknown", "tried", "map", "transfer", "plot-transfer", "about", "unreadable"} {
		if height := eval[float64](page, `document.getElementById(%q)?.getBoundingClientRect().height ?? 0`, part); height < 40 {
			t.Errorf("%s is %v high", part, height)
		}
	}
	broken := eval[int](page, `[...document.images].filter((i) => i.offsetParent && i.loading !== "lazy" && !i.naturalWidth).length`)
	if broken > 0 {
		t.Errorf("%d photos without a picture", broken)
	}
	dangling := eval[[]string](page, `[...document.querySelectorAll("a[href^='#']")].map((a) => a.getAttribute("href")).filter((h) => !document.getElementById(h.slice(1)))`)
	if len(dangling) > 0 {
		t.Errorf("links to nothing: %q", dangling)
	}
	page.clean()
}

func TestPolicyForbidsRequests(t *testing.T) {
	page := open(t, synthetic(t, flowers, 40), "", "light", 1280)
	refused := eval[bool](page, `fetch("http://127.0.0.1:1/").then(() => false, () => true)`)
	eval[bool](page, `(document.body.insertAdjacentHTML("beforeend", "<img src='http://127.0.0.1:1/x.png' onerror='window.ran = true'>"), true)`)
	ran := eval[bool](page, `new Promise((done) => setTimeout(() => done(Boolean(window.ran)), 200))`)
	page.mu.Lock()
	defer page.mu.Unlock()
	blocked := strings.Join(page.faults, "\n")
	if !refused || ran || !strings.Contains(blocked, "connect-src") || !strings.Contains(blocked, "img-src") || !strings.Contains(blocked, "script-src") {
		t.Errorf("fetch refused: %v, inline handler ran: %v, console: %s", refused, ran, blocked)
	}
}

// cellPhotos returns the paths of the photos of a cell, the most confident first.
func cellPhotos(r *headstart.Report, actual, predicted int) []string {
	var paths []string
	for _, c := range r.Measured.Cells {
		if c.Actual == actual && c.Predicted == predicted {
			for _, i := range c.Photos {
				paths = append(paths, string(r.Photos[i].Path))
			}
		}
	}
	return paths
}

func TestCellsShowTheirPhotos(t *testing.T) {
	r := synthetic(t, flowers, 150)
	page := open(t, r, "", "light", 1280)
	if shown := page.paths("#opened"); len(shown) > 0 {
		t.Errorf("%d photos before anything is chosen", len(shown))
	}
	page.click(`button[data-cell="0-3"]`)
	if got, want := page.paths("#opened"), cellPhotos(r, 0, 3); len(want) == 0 || !slices.Equal(got, want) {
		t.Errorf("a click shows %q, not %q", got, want)
	}
	title := eval[string](page, `document.getElementById("opened-title").textContent`)
	if !strings.Contains(title, "daisy") || !strings.Contains(title, "sunflowers") {
		t.Errorf("title %q", title)
	}
	page.press(`button[data-cell="1-1"]`, kb.Enter)
	if got, want := page.paths("#opened"), cellPhotos(r, 1, 1); len(want) == 0 || !slices.Equal(got, want) {
		t.Errorf("Enter shows %q, not %q", got, want)
	}
	pictures := eval[int](page, `[...document.querySelectorAll("#opened img")].filter((i) => i.src.startsWith("data:image/jpeg") && i.alt.includes("dandelion")).length`)
	if pictures != len(cellPhotos(r, 1, 1)) {
		t.Errorf("%d of them have a picture with an alternative text", pictures)
	}
	if open := eval[int](page, `document.querySelectorAll("button[aria-expanded=true]").length`); open != 1 {
		t.Errorf("%d cells say that they are open", open)
	}
	page.press(`button[data-cell="1-1"]`, kb.Enter)
	if shown := page.paths("#opened"); len(shown) > 0 {
		t.Errorf("%d photos after the cell is closed again", len(shown))
	}
	page.click(`a[data-opens]`)
	if shown := page.paths("#opened"); len(shown) == 0 {
		t.Error("advice on confused classes opens no cell")
	}
	page.clean()
}

func TestListsBeginWithTheirFirstPhotos(t *testing.T) {
	r := synthetic(t, flowers, 150)
	page := open(t, r, "", "light", 1280)
	var want []string
	for _, i := range r.Lists.Mistakes.Photos {
		want = append(want, string(r.Photos[i].Path))
	}
	if got := page.paths("#mistakes"); !slices.Equal(got, want[:headstart.FirstScreen]) {
		t.Errorf("first mistakes %q, not %q", got, want[:headstart.FirstScreen])
	}
	page.click(`#mistakes summary`)
	if got := page.paths("#mistakes"); !slices.Equal(got, want) {
		t.Errorf("%d mistakes after a click on more, not %d", len(got), len(want))
	}
}

func TestPathsCanBeCopied(t *testing.T) {
	r := synthetic(t, flowers, 50)
	page := open(t, r, "", "light", 1280)
	copied := eval[string](page, `new Promise((done) => {
		document.addEventListener("copy", () => done(document.getSelection().toString() || document.activeElement.value));
		navigator.clipboard.writeText = (text) => { done(text); return Promise.resolve(); };
		document.querySelector("#mistakes button.copy").click();
	})`)
	if want := string(r.Photos[r.Lists.Mistakes.Photos[0]].Path); copied != want {
		t.Errorf("copied %q, not %q", copied, want)
	}
	page.clean()
}

func TestMapShowsPhotos(t *testing.T) {
	r := synthetic(t, flowers, 60)
	page := open(t, r, "", "light", 1280)
	page.do(chromedp.ScrollIntoView(chromedp.CSS("#map")))
	eval[bool](page, `(() => {
		const box = document.querySelector('#map [data-point="17"]').getBoundingClientRect();
		document.querySelector("#map .plane").dispatchEvent(new PointerEvent("pointermove", {clientX: box.x + box.width / 2, clientY: box.y + box.height / 2, bubbles: true}));
		return true;
	})()`)
	if got, want := page.paths("#map"), []string{string(r.Photos[17].Path)}; !slices.Equal(got, want) {
		t.Errorf("the pointer shows %q, not %q", got, want)
	}
	page.press("#map .plane", kb.ArrowLeft)
	page.press("#map .plane", kb.ArrowDown)
	if got := page.paths("#map"); len(got) != 1 || got[0] == string(r.Photos[17].Path) {
		t.Errorf("arrow keys show %q", got)
	}
	page.clean()
}

func TestHeatIsDrawnOverPhotos(t *testing.T) {
	r := synthetic(t, flowers, 60)
	wrong := r.Lists.Mistakes.Photos[0]
	first := r.Photos[wrong].LookedPredicted
	for i := range first.Values {
		first.Values[i] = -1
	}
	first.Values[3*7] = 2 // in the middle of the left
	page := open(t, r, "", "light", 1280)
	page.do(chromedp.ScrollIntoView(chromedp.CSS("#looked h3")), chromedp.WaitVisible(chromedp.CSS(fmt.Sprintf("#looked [data-photo='%d'] canvas", wrong))))
	// The picture is 24 pixels wide; the network saw all but 4 on each side.
	alpha := func(x, y int) int {
		return eval[int](page, `(() => {
			const copy = new OffscreenCanvas(24, 16).getContext("2d", {willReadFrequently: true});
			copy.drawImage(document.querySelector("#looked [data-photo='%d'] canvas"), 0, 0);
			return copy.getImageData(%d, %d, 1, 1).data[3];
		})()`, wrong, x, y)
	}
	looked, elsewhere, unseen := alpha(5, 8), alpha(17, 8), alpha(1, 8)
	if looked >= elsewhere-30 || unseen < elsewhere {
		t.Errorf("darkness %d where it looked, %d where it did not, %d outside", looked, elsewhere, unseen)
	}
	page.click("#looked-switch")
	page.do(chromedp.WaitNotVisible(chromedp.CSS("#looked canvas")))
	page.clean()
}

func TestNarrowScreensDoNotScrollSideways(t *testing.T) {
	many := make([]string, 30)
	for i := range many {
		many[i] = "class number " + strconv.Itoa(i)
	}
	for name, classes := range map[string][]string{"flowers": flowers, "many": many, "hostile": hostile} {
		page := open(t, synthetic(t, classes, 150), "pt", "light", 390)
		if width := eval[int](page, `document.documentElement.scrollWidth`); width > 390 {
			wide := eval[[]string](page, `[...document.querySelectorAll("main *")].filter((e) => e.getBoundingClientRect().right > 391 && !e.closest(".scroll, .unseen, svg")).slice(0, 8).map((e) => e.tagName + "." + e.className + "#" + e.id)`)
			t.Errorf("%s: the page is %d wide, because of %q", name, width, wide)
		}
		page.clean()
	}
}

func TestHostileNamesAreText(t *testing.T) {
	r := synthetic(t, hostile, 80)
	page := open(t, r, "", "light", 1280)
	if eval[bool](page, `Boolean(window.ran)`) {
		t.Error("a name ran")
	}
	for i, r := range hostile {
		name := shown(r)[:6]
		if there := eval[bool](page, `document.querySelectorAll(".confusion tbody th")[%d].textContent.startsWith(%q)`, i, name); !there {
			t.Errorf("row %d does not begin with %q", i, name)
		}
	}
	if elements := eval[int](page, `document.querySelectorAll("main script, main iframe, main b, [onerror]").length`); elements > 0 {
		t.Errorf("%d elements of names", elements)
	}
	for _, cell := range []string{"0-0", "1-1", "2-2"} {
		page.click(`button[data-cell="` + cell + `"]`)
		if len(page.paths("#opened")) == 0 {
			t.Errorf("cell %s shows nothing", cell)
		}
	}
	page.clean()
}

// axeFile is where make axe puts the checker.
const axeFile = "../../demo/axe/node_modules/axe-core/axe.min.js"

func TestAxeFindsNoFault(t *testing.T) {
	axe, err := os.ReadFile(filepath.FromSlash(axeFile))
	if err != nil {
		t.Skip("axe-core is not there: make axe")
	}
	for scheme, width := range map[string]int{"light": 1280, "dark": 390} {
		page := open(t, synthetic(t, flowers, 50), "pt", scheme, width)
		page.click(`button[data-cell="0-0"]`)
		eval[bool](page, `(() => { for (const d of document.querySelectorAll("details")) d.open = true; return true; })()`)
		eval[bool](page, "(() => {"+string(axe)+"; return true; })()")
		faults := eval[[]string](page, `axe.run(document, {resultTypes: ["violations"]}).then((r) => r.violations.map((v) => v.impact + " " + v.id + ": " + v.nodes.length + "x " + v.nodes[0].html.slice(0, 300) + " " + v.nodes[0].failureSummary))`)
		for _, fault := range faults {
			t.Errorf("%s, %d: %s", scheme, width, fault)
		}
	}
}

func TestExplanationsLoadWithoutRequests(t *testing.T) {
	file := filepath.Join(t.TempDir(), "why.html")
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	all := func(yield func(*headstart.Explanation, error) bool) {
		for _, name := range hostile {
			if !yield(explanationOf(name, name), nil) {
				return
			}
		}
		everyExplanation(yield)
	}
	if err := WriteExplanations(out, hostile[1], "pt", all); err != nil {
		t.Fatal(err)
	}
	page := openFile(t, file, "dark", 390)
	if pictures := eval[int](page, `[...document.images].filter((i) => i.naturalWidth > 0 && i.alt).length`); pictures != 2*(len(hostile)+9) {
		t.Errorf("%d pictures", pictures)
	}
	if width := eval[int](page, `document.documentElement.scrollWidth`); width > 390 {
		t.Errorf("the page is %d wide", width)
	}
	if ran := eval[bool](page, `Boolean(window.ran) || document.querySelectorAll("script, b, [onerror]").length > 0`); ran {
		t.Error("a name is more than text")
	}
	if axe, err := os.ReadFile(filepath.FromSlash(axeFile)); err == nil {
		eval[bool](page, "(() => {"+string(axe)+"; return true; })()")
		for _, fault := range eval[[]string](page, `axe.run(document, {resultTypes: ["violations"]}).then((r) => r.violations.map((v) => v.impact + " " + v.id + ": " + v.nodes[0].html.slice(0, 300)))`) {
			t.Error(fault)
		}
	}
	page.clean()
}

// hostile are names that want to be more than text.
var hostile = []string{
	`<script>window.ran = true</script>`,
	`</script><script>window.ran = true</script>`,
	`"><img src=x onerror="window.ran = true">`,
	`'; window.ran = true; //`,
	"\u202egnp.exe\u2066 &amp; {{.}} ${window.ran = true}",
	"\xff\xfe not UTF-8 \x00\n" + strings.Repeat("x", 300),
	strings.Repeat("<b>long</b> ", 30),
	"مرحبا \u200f שלום",
}
