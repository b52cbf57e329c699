package web

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	headstart "github.com/digitalinnovationone/headstart"
)

// stopBrowser ends the browser that the tests share, if one was started.
var stopBrowser = func() {}

func TestMain(m *testing.M) {
	code := m.Run()
	stopBrowser()
	os.Exit(code)
}

var errNoBrowser = errors.New("no chromium, chromium-browser or google-chrome is installed")

// browser starts one for all tests. Each opens a tab of its own.
var browser = sync.OnceValues(func() (context.Context, error) {
	program := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			program = path
			break
		}
	}
	if program == "" {
		return nil, errNoBrowser
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program), chromedp.WSURLReadTimeout(time.Minute))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // it refuses to run as root otherwise
	}
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, _ = chromedp.NewContext(ctx)
	stopBrowser = func() {
		defer cancel()
		soon, end := context.WithTimeout(ctx, 20*time.Second)
		defer end()
		if err := chromedp.Cancel(soon); err != nil { // waits until its files are removed
			fmt.Fprintln(os.Stderr, "closing the browser:", err)
		}
	}
	return ctx, chromedp.Do(ctx)
})

// tab is a page in a real browser, and what the browser said of it.
type tab struct {
	testing.TB
	ctx context.Context

	mu       sync.Mutex
	requests []string // of anything but the page itself
	faults   []string // what is on the console
}

// open shows a report. The scheme is light or dark.
func open(t testing.TB, r *headstart.Report, lang, scheme string, width int) *tab {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.html")
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if err := WriteReport(out, r, lang); err != nil {
		t.Fatal(err)
	}
	return openFile(t, file, scheme, width)
}

func openFile(t testing.TB, file, scheme string, width int) *tab {
	t.Helper()
	ctx, err := browser()
	if errors.Is(err, errNoBrowser) {
		t.Skip(err)
	} else if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	p := &tab{TB: t, ctx: ctx}
	if err := chromedp.Do(ctx); err != nil { // else each that listens opens a tab of its own
		t.Fatal(err)
	}
	go func() {
		for m, err := range chromedp.Console(ctx) {
			if err != nil {
				return
			}
			p.mu.Lock()
			p.faults = append(p.faults, m.String())
			p.mu.Unlock()
		}
	}()
	go func() {
		for e, err := range chromedp.Events(ctx, network.RequestWillBeSent) {
			if err != nil {
				return
			}
			if url := e.Request.URL; !strings.HasPrefix(url, "data:") && !strings.HasSuffix(url, "/"+filepath.Base(file)) {
				p.mu.Lock()
				p.requests = append(p.requests, url)
				p.mu.Unlock()
			}
		}
	}()
	p.do(func(ctx context.Context, t *chromedp.Target) (none chromedp.Void, err error) {
		if _, err := cdp.Call(ctx, t, network.Enable, network.EnableParams{}); err != nil {
			return none, err
		}
		_, err = cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
		return none, err
	}, chromedp.EmulateViewport(int64(width), 900), chromedp.Navigate("file://"+file))
	return p
}

// do performs actions, each within a minute.
func (p *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	p.Helper()
	for i, action := range actions {
		if err := p.within(action); err != nil {
			p.Fatalf("action %d: %v", i, err)
		}
	}
}

func (p *tab) within(action chromedp.Action[chromedp.Void]) error {
	if err := chromedp.Do(p.ctx); err != nil { // the tab is not to end with the time limit
		return err
	}
	ctx, cancel := context.WithTimeout(p.ctx, time.Minute)
	defer cancel()
	return chromedp.Do(ctx, action)
}

// click clicks on the first element that a selector finds.
func (p *tab) click(selector string) { p.Helper(); p.do(chromedp.Click(chromedp.CSS(selector))) }

// press presses a key on it.
func (p *tab) press(selector, key string) {
	p.Helper()
	p.do(chromedp.Focus(chromedp.CSS(selector)), chromedp.KeyEvent(key))
}

// eval returns the value of a JavaScript expression, or of its promise.
func eval[T any](p *tab, format string, args ...any) T {
	p.Helper()
	if len(args) > 0 {
		format = fmt.Sprintf(format, args...)
	}
	value, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](format, chromedp.EvalAwaitPromise))
	if err != nil {
		p.Fatalf("%.100s: %v", format, err)
	}
	return value
}

// clean fails the test if the page asked for anything, or the console has anything.
func (p *tab) clean() {
	p.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.requests) > 0 {
		p.Errorf("requests: %q", p.requests)
	}
	if len(p.faults) > 0 {
		p.Errorf("console: %q", p.faults)
	}
}

// paths returns the paths of the photos that are seen in a part of the page.
func (p *tab) paths(within string) []string {
	p.Helper()
	return eval[[]string](p, `[...document.querySelectorAll(%q + " .card")].filter((c) => c.checkVisibility()).map((c) => c.querySelector("[data-slot=path]").title)`, within)
}
