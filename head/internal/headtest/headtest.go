// Package headtest has what tests of several solvers need.
package headtest

import (
	"context"
	"encoding/binary"
	"math"
	"os"
	"sync/atomic"
	"testing"

	"github.com/digitalinnovationone/headstart/internal/matrix"
)

// A Countdown is a context that counts how often its error is asked for, and is
// cancelled from call number End on, so that a test can stop work wherever it
// may stop. End 0 means never.
type Countdown struct {
	context.Context
	End    int64
	Checks atomic.Int64
}

// Err counts.
func (c *Countdown) Err() error {
	if n := c.Checks.Add(1); c.End > 0 && n >= c.End {
		return context.Canceled
	}
	return nil
}

// EveryStop runs work with contexts that are cancelled at the first check, at
// the last and at some between. It must return context.Canceled every time, and
// check the context no more than most times after that.
func EveryStop(t *testing.T, most int64, work func(ctx context.Context) error) {
	t.Helper()
	whole := &Countdown{Context: context.Background()}
	if err := work(whole); err != nil {
		t.Fatal(err)
	}
	checks := whole.Checks.Load()
	if checks == 0 {
		t.Error("the context was never checked")
	}
	for end := int64(1); end <= checks; end += max(checks/15, 1) {
		c := &Countdown{Context: context.Background(), End: end}
		if err := work(c); err != context.Canceled {
			t.Errorf("cancelled at check %d of %d: %v", end, checks, err)
		}
		if more := c.Checks.Load() - end; more > most {
			t.Errorf("cancelled at check %d of %d: %d checks followed", end, checks, more)
		}
	}
}

// ReadNPY reads the rows of a float32 .npy file that the store wrote.
func ReadNPY(tb testing.TB, path string, dim int) matrix.Dense {
	tb.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	data = data[10+int(binary.LittleEndian.Uint16(data[8:])):]
	rows := matrix.Dense{Data: make([]float32, len(data)/4), Cols: dim}
	for i := range rows.Data {
		rows.Data[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
	}
	return rows
}
