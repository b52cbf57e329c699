package main

import (
	"fmt"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/digitalinnovationone/headstart"
)

// transfer shows how far a download has come: on a terminal a bar, elsewhere a
// line for each phase and every ten seconds.
type transfer struct {
	t       *terminal
	bar     *progressbar.ProgressBar
	phase   headstart.TransferPhase
	path    string
	began   time.Time // the phase
	line    time.Time // when the last line was written
	skipped int64     // bytes that were there when the phase began
}

func (t *terminal) transfer() *transfer { return &transfer{t: t} }

// report is what a download calls.
func (x *transfer) report(p headstart.TransferProgress) {
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
	case p.Phase == headstart.Connecting: // its bytes do not grow
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

func (x *transfer) begin(p headstart.TransferProgress) {
	x.end()
	now := time.Now()
	x.phase, x.path, x.began, x.line, x.skipped = p.Phase, p.Path, now, now, p.Bytes
	what := p.Path
	if p.URL != "" {
		what = p.URL
	}
	switch {
	case p.Phase == headstart.Connecting:
		x.t.note("%s: %s", p.Phase, what)
	case p.Phase == headstart.Transferred || !x.t.live:
	default:
		total := p.Total
		if total == 0 {
			total = -1 // not known
		}
		x.bar = x.t.bar(total, string(p.Phase), progressbar.OptionShowBytes(true), progressbar.OptionShowTotalBytes(true))
	}
}

// end takes the bar away.
func (x *transfer) end() {
	if x.bar != nil {
		_ = x.bar.Clear()
		x.bar = nil
	}
}
