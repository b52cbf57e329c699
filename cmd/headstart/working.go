package main

import (
	"sync"
	"time"
)

// working tells every ten seconds for how long work of unknown length has gone
// on, until the function that it returns is called.
func (t *terminal) working(format string, args ...any) (stop func()) {
	began := time.Now()
	done := make(chan struct{})
	var teller sync.WaitGroup
	teller.Go(func() {
		ticks := time.NewTicker(lineInterval)
		defer ticks.Stop()
		for {
			select {
			case <-done:
				return
			case now := <-ticks.C:
				t.note(format+": %v so far", append(args, now.Sub(began).Round(time.Second))...)
			}
		}
	})
	return func() {
		close(done)
		teller.Wait()
	}
}
