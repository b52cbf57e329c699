package logistic

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
	"unsafe"

	"github.com/edsrzf/mmap-go"

	"github.com/digitalinnovationone/headstart/internal/matrix"
)

// TestMemoryDoesNotGrowWithTheRows fits to rows in a mapped file, such as may
// be larger than memory, and sees that the heap holds a fraction of them.
func TestMemoryDoesNotGrowWithTheRows(t *testing.T) {
	const n, dim = 40_000, 256 // 40 MiB
	path := filepath.Join(t.TempDir(), "x")
	writeRows(t, path, n, dim)
	x := matrix.Dense{Data: mapNumbers[float32](t, path), Cols: dim}
	p := Problem{X: x, Labels: make([]int, n), Classes: 3, Standardise: true, Workers: 2}
	for i := range p.Labels {
		p.Labels[i] = i % 3
	}
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	most := watchHeap(t, func() {
		trainer := mustNew(t, p)
		if _, err := trainer.CrossValidate(context.Background(), deal(n, 5), byLogLoss(trainer, deal(n, 5)), []float64{1e-3}, Rival{}); err != nil {
			t.Error(err)
		}
		mustFit(t, trainer, 1e-3)
	})
	if grown := most - before.HeapAlloc; grown > 20<<20 {
		t.Errorf("the heap grew by %d MiB", grown>>20)
	}
}

// writeRows writes multiples of 1/64 that depend on their row's class.
func writeRows(t *testing.T, path string, n, dim int) {
	t.Helper()
	data := make([]byte, 0, 4*n*dim)
	rng := splitMix(1)
	for i := range n * dim {
		v := byte(64*rng.draw()) + byte(i/dim%3)
		// The float32 of 0.5 + v/256.
		data = append(data, 0, 0, v<<1, 0x3f)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// watchHeap returns the most that the heap held while work went on.
func watchHeap(t *testing.T, work func()) uint64 {
	t.Helper()
	done := make(chan struct{})
	most := make(chan uint64)
	go func() {
		var top uint64
		for {
			var now runtime.MemStats
			runtime.ReadMemStats(&now)
			top = max(top, now.HeapAlloc)
			select {
			case <-done:
				most <- top
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	}()
	work()
	close(done)
	return <-most
}

// TestTenThousandClasses has a row of each tenth of them.
func TestTenThousandClasses(t *testing.T) {
	const classes, n, dim = 10_000, 1_000, 16
	rng := splitMix(1)
	x := matrix.Dense{Data: make([]float32, n*dim), Cols: dim}
	for i := range x.Data {
		x.Data[i] = float32(rng.draw())
	}
	p := Problem{X: x, Labels: make([]int, n), Classes: classes, Standardise: true, Workers: 2}
	for i := range p.Labels {
		p.Labels[i] = i * classes / n
	}
	trainer := mustNew(t, p)
	m, err := trainer.fit(context.Background(), 1e-5, nil, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	if m.Solver.Status != Converged || len(m.Weights) != classes*dim || !matrix.Finite(m.Weights) {
		t.Errorf("%+v, %d weights", m.Solver, len(m.Weights))
	}
}

// mapNumbers maps a file of little-endian numbers into memory.
func mapNumbers[T int32 | float32](t testing.TB, path string) []T {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	data, err := mmap.Map(file, mmap.RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := data.Unmap(); err != nil {
			t.Error(err)
		}
	})
	return unsafe.Slice((*T)(unsafe.Pointer(&data[0])), len(data)/4)
}
