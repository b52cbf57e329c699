package imageio

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync/atomic"

	"golang.org/x/sync/semaphore"
)

// Memory is a budget that several Decoders share: together they hold no more
// than its bytes in pixels and other buffers. A nil Memory has no limit.
//
// Each image reserves, once and before it is decoded, the most that it may
// take; where too much is in use it waits. Its reservation ends when nothing
// refers to its buffers any more, which for an image that was given up is when
// the library's decoder has returned.
type Memory struct {
	limit   int64
	free    *semaphore.Weighted
	garbage atomic.Int64 // given back by decoders, but not yet by the garbage collector
	waiting atomic.Int64 // decoders that wait for memory
}

// NewMemory returns a budget of limit bytes.
func NewMemory(limit int64) *Memory {
	return &Memory{limit: limit, free: semaphore.NewWeighted(limit)}
}

// reserve takes n bytes of the budget. It waits until they are free, and returns
// ctx's error if ctx is done first.
func (m *Memory) reserve(ctx context.Context, n int64) error {
	if m == nil || n == 0 {
		return nil
	}
	if n > m.limit {
		return memoryError(n, m.limit)
	}
	if m.free.TryAcquire(n) {
		return nil
	}
	m.waiting.Add(1)
	defer m.waiting.Add(-1)
	m.collect()
	return m.free.Acquire(ctx, n)
}

// release gives n bytes back that nothing refers to any more.
func (m *Memory) release(n int64) {
	if m == nil || n == 0 {
		return
	}
	m.garbage.Add(n)
	if m.waiting.Load() > 0 {
		m.collect()
	}
}

// collect makes garbage free. Go would otherwise let the heap grow to twice
// what is in use before it collects, and exceed the budget.
func (m *Memory) collect() {
	if garbage := m.garbage.Swap(0); garbage > 0 {
		debug.FreeOSMemory() // a collection alone leaves pictures' memory in pieces that the next does not fit
		m.free.Release(garbage)
	}
}

// memoryError says that one image needs more than the whole budget.
func memoryError(needed, limit int64) error {
	const megabyte = 1_000_000
	return limitError{fmt.Sprintf("needs about %d MB of memory; the limit is %d MB (--memory)",
		(needed+megabyte-1)/megabyte, limit/megabyte), ErrTooMuchMemory}
}
