package main

import (
	"fmt"
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress shows how far a run has come: on a terminal a bar, elsewhere a line
// every ten seconds.
type progress struct {
	t     *terminal
	doing string                   // what is done to images
	bar   *progressbar.ProgressBar // nil where there is no terminal
	total int
	done  int
	bad   int
	began time.Time
	line  time.Time // when the last line was written
}

const lineInterval = 10 * time.Second

func (t *terminal) progress(doing string, total int) *progress {
	now := time.Now()
	p := &progress{t: t, doing: doing, total: total, began: now, line: now}
	if t.live {
		p.bar = t.bar(int64(total), doing, progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("images"))
	}
	return p
}

// bar draws a bar for so many steps; -1 is an unknown number.
func (t *terminal) bar(total int64, description string, options ...progressbar.Option) *progressbar.ProgressBar {
	return progressbar.NewOptions64(total, append(options,
		progressbar.OptionSetWriter(t.err),
		progressbar.OptionSetDescription(description),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSetWidth(24),
		progressbar.OptionClearOnFinish(),
	)...)
}

// step counts one more image.
func (p *progress) step(unreadable bool) {
	p.done++
	if unreadable {
		p.bad++
		if p.bar != nil {
			p.bar.Describe(fmt.Sprintf("%s, %d unreadable", p.doing, p.bad))
		}
	}
	if p.bar != nil {
		_ = p.bar.Add(1) // fails where the terminal has gone
		return
	}
	if now := time.Now(); now.Sub(p.line) >= lineInterval {
		p.line = now
		rate := float64(p.done) / now.Sub(p.began).Seconds()
		left := time.Duration(float64(p.total-p.done)/rate) * time.Second
		p.t.note("%s: %d of %d images, %.0f images/s, %v left, %d unreadable", p.doing, p.done, p.total, rate, left, p.bad)
	}
}

// end takes the bar away.
func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}

// note writes a line above the bar.
func (p *progress) note(format string, args ...any) {
	p.end()
	p.t.note(format, args...)
}
