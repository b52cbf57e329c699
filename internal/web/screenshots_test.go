package web

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// TestScreenshots draws the reports that HEADSTART_SCREENSHOTS names, a list of HTML
// files, as they look on wide and narrow screens in light and dark: NAME-light-1280.png
// and so on beside each. NAME-light-1280.webp is the first screen with the photos blurred:
// it can be published where the photos cannot.
func TestScreenshots(t *testing.T) {
	reports := filepath.SplitList(os.Getenv("HEADSTART_SCREENSHOTS"))
	if len(reports) == 0 {
		t.Skip("HEADSTART_SCREENSHOTS names no reports: make screenshots")
	}
	for _, report := range reports {
		file, err := filepath.Abs(report)
		if err != nil {
			t.Fatal(err)
		}
		for _, width := range []int{1280, 390} {
			for _, scheme := range []string{"light", "dark"} {
				p := openFile(t, file, scheme, width)
				height := eval[float64](p, `document.documentElement.scrollHeight`)
				// What is drawn once it is seen is drawn now.
				eval[bool](p, `(dispatchEvent(new Event("beforeprint")), true)`)
				to := fmt.Sprintf("%s-%s-%d", strings.TrimSuffix(file, ".html"), scheme, width)
				p.screenshot(to+".png", cdppage.CaptureScreenshotParams{}, float64(width), height)
				eval[bool](p, `(document.querySelectorAll("img, canvas").forEach((i) => { i.style.filter = "blur(7px)"; }), true)`)
				quality := int64(80)
				p.screenshot(to+".webp", cdppage.CaptureScreenshotParams{Format: "webp", Quality: &quality}, float64(width), 900)
			}
		}
	}
}

func (p *tab) screenshot(file string, how cdppage.CaptureScreenshotParams, width, height float64) {
	p.Helper()
	beyond := true
	how.CaptureBeyondViewport, how.Clip = &beyond, &cdppage.Viewport{Width: width, Height: height, Scale: 1}
	p.do(func(ctx context.Context, t *chromedp.Target) (none chromedp.Void, err error) {
		shot, err := cdp.Call(ctx, t, cdppage.CaptureScreenshot, how)
		if err != nil {
			return none, err
		}
		return none, os.WriteFile(file, shot.Data, 0o666)
	})
}
