package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart/internal/download"
)

// mirrorVariable names another host for all that is downloaded.
const mirrorVariable = "HEADSTART_MIRROR"

// source holds the options on where a download comes from.
type source struct{ url, from string }

func (s *source) flags(what string) []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "url", Usage: "download from `URL`, " + what, DefaultText: "as list --json tells; on the host $" + mirrorVariable + " if that is set", Destination: &s.url},
		&cli.StringFlag{Name: "from", Usage: "download nothing: take `FILE`, " + what, Destination: &s.from},
	}
}

func (s *source) check() error {
	address, err := url.Parse(s.url)
	switch {
	case s.url == "":
		return nil
	case s.from != "":
		return usagef("--url and --from exclude each other")
	case err != nil || address.Host == "" || address.Scheme != "http" && address.Scheme != "https":
		return usagef("--url %s: an address begins with https:// or http://", s.url)
	}
	return nil
}

// transferError is why something could not be brought, and the way on.
type transferError struct {
	cause  error
	source source
	what   string // for a user who brings it by hand
}

// transferred makes an error of a download one for the user, who may bring what
// by hand.
func (s source) transferred(err error, what string) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled):
		return &interruptedError{"what has come is kept, and the same command goes on from there", err}
	}
	return &transferError{err, s, what}
}

// oneFile tells a user which file to bring by hand.
func oneFile(address, sha256 string) string { return fmt.Sprintf("%s (SHA-256 %s)", address, sha256) }

func (e *transferError) Error() string { return e.cause.Error() }
func (e *transferError) Unwrap() error { return e.cause }

func (e *transferError) hint() string {
	switch {
	case errors.As(e.cause, new(*download.UnreachableError)):
		return "go online and run the same command again; or name a host that can be reached by " + mirrorVariable + "=https://HOST or --url URL; or bring " + e.what + " by hand and give it with --from"
	case errors.As(e.cause, new(*download.BrokenError)):
		return "run the same command again: what has come is kept"
	case errors.As(e.cause, new(*download.WriteError)):
		return "make room on the disk and run the same command again: what has come is kept"
	case errors.As(e.cause, new(*download.DigestError)) && e.source.from != "":
		return "what is wanted is " + e.what
	case errors.As(e.cause, new(*download.DigestError)):
		return "run the same command again; if that does not help, the file there is another one now: bring " + e.what + " from elsewhere with --url or --from"
	}
	return ""
}

// transfer shows how far a download has come: on a terminal a bar, elsewhere a
// line for each phase and every ten seconds.
type transfer struct {
	t       *terminal
	bar     *progressbar.ProgressBar
	phase   download.Phase
	path    string
	began   time.Time // the phase
	line    time.Time // when the last line was written
	skipped int64     // bytes that were there when the phase began
}

func (t *terminal) transfer() *transfer { return &transfer{t: t} }

// report is what a download calls.
func (x *transfer) report(p download.Progress) {
	if p.Note != "" {
		x.end()
		x.t.note("note: %s", p.Note)
		return
	}
	if p.Phase != x.phase || p.Path != x.path {
		x.begin(p)
	}
	now := time.Now()
	switch {
	case p.Phase == download.Connect: // its bytes do not grow
	case x.bar != nil:
		_ = x.bar.Set64(p.Bytes) // fails where the terminal has gone
	case now.Sub(x.line) >= lineInterval:
		x.line = now
		rate := float64(p.Bytes-x.skipped) / now.Sub(x.began).Seconds()
		text := fmt.Sprintf("%s: %s at %s/s", p.Phase, megabytes(p.Bytes), megabytes(int64(rate)))
		if p.Total > 0 && rate > 0 {
			left := time.Duration(float64(p.Total-p.Bytes)/rate) * time.Second
			text = fmt.Sprintf("%s: %s of %s at %s/s, %v left", p.Phase, megabytes(p.Bytes), megabytes(p.Total), megabytes(int64(rate)), left)
		}
		x.t.note("%s", text)
	}
}

func (x *transfer) begin(p download.Progress) {
	x.end()
	now := time.Now()
	x.phase, x.path, x.began, x.line, x.skipped = p.Phase, p.Path, now, now, p.Bytes
	what := p.Path
	if p.URL != "" {
		what = p.URL
	}
	switch {
	case p.Phase == download.Connect:
		x.t.note("%s: %s", p.Phase, what)
	case p.Phase == download.Done || !x.t.live:
	default:
		total := p.Total
		if total == 0 {
			total = -1 // not known
		}
		x.bar = progressbar.NewOptions64(total,
			progressbar.OptionSetWriter(x.t.err),
			progressbar.OptionSetDescription(string(p.Phase)),
			progressbar.OptionShowBytes(true),
			progressbar.OptionShowTotalBytes(true),
			progressbar.OptionSetPredictTime(true),
			progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionSetWidth(24),
			progressbar.OptionClearOnFinish(),
		)
	}
}

// end takes the bar away.
func (x *transfer) end() {
	if x.bar != nil {
		_ = x.bar.Clear()
		x.bar = nil
	}
}

// onMirror returns the address on the mirror that the environment names, if it
// names one.
func onMirror(address string) (string, error) {
	mirror := os.Getenv(mirrorVariable)
	if mirror == "" {
		return address, nil
	}
	moved, err := download.OnMirror(mirror, address)
	if err != nil {
		return "", fmt.Errorf("%s: %w", mirrorVariable, err)
	}
	return moved, nil
}
