package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"unsafe"

	"github.com/edsrzf/mmap-go"
)

// A Matrix is a selection of a store's rows, each of which has been compared with
// its checksum. A small one is a copy in memory. A large one is mapped from the
// file, so that it may be larger than memory; if another program cuts the file
// short while it is in use, touching a row that is gone is a fault: see Guard.
// Rows that are added to the store later do not change it. It is safe for
// concurrent use.
type Matrix struct {
	path   string
	dim    int
	at     []int64   // where each row begins in values; negative if it is not there
	values []float32 // copied rows, or all rows of the file
	mapped mmap.MMap // nil if they are copied
}

// mapFrom is how many bytes of rows are mapped rather than copied.
const mapFrom = 16 << 20

// buffers holds the values of copies that were closed: *[]float32.
var buffers sync.Pool

// matrix returns the rows of facts, unchecked.
func (s *Store) matrix(facts []fact) (*Matrix, error) {
	m := &Matrix{path: s.VectorsPath(), dim: s.log.format.dim, at: make([]int64, len(facts))}
	f, err := os.Open(m.path)
	if errors.Is(err, fs.ErrNotExist) { // it holds no rows
		f, err = os.Open(os.DevNull)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	held := s.rowsWithin(info.Size())
	if int64(len(facts))*int64(m.dim)*4 < mapFrom {
		return m, s.copyRows(m, f, facts, held)
	}
	end := int64(0)
	for i, fact := range facts {
		m.at[i] = int64(fact.at) * int64(m.dim)
		if int64(fact.at) >= held {
			m.at[i] = -1
		} else {
			end = max(end, int64(fact.at)+1)
		}
	}
	if m.mapped, err = mmap.MapRegion(f, int(s.offset(end)), mmap.RDONLY, 0, 0); err != nil {
		return nil, fmt.Errorf("cannot map %s: %w", m.path, err)
	}
	m.values = float32s(m.mapped[s.offset(0):])
	return m, nil
}

// copyRows reads rows, as many at once as lie one behind the other.
func (s *Store) copyRows(m *Matrix, f *os.File, facts []fact, held int64) error {
	if buffer, ok := buffers.Get().(*[]float32); ok && cap(*buffer) >= len(facts)*m.dim {
		m.values = (*buffer)[:len(facts)*m.dim]
	} else {
		m.values = make([]float32, len(facts)*m.dim)
	}
	for i := 0; i < len(facts); {
		if int64(facts[i].at) >= held {
			m.at[i] = -1
			i++
			continue
		}
		from := i
		for row := int64(facts[i].at); i < len(facts) && int64(facts[i].at) == row && row < held; row++ {
			m.at[i] = int64(i * m.dim)
			i++
		}
		if _, err := f.ReadAt(bytesOf(m.values[from*m.dim:i*m.dim]), s.offset(int64(facts[from].at))); err != nil {
			return fmt.Errorf("cannot read rows of %s: %w", m.path, err)
		}
	}
	return nil
}

// check returns the facts whose rows are not there or do not match their checksum.
func (m *Matrix) check(ctx context.Context, facts []fact) (bad []fact, err error) {
	const step = 256
	shards := min(runtime.GOMAXPROCS(0), len(facts)/step+1)
	found := make([][]fact, shards)
	errs := make([]error, shards)
	var wg sync.WaitGroup
	for shard := range shards {
		wg.Go(func() {
			from, to := len(facts)*shard/shards, len(facts)*(shard+1)/shards
			errs[shard] = m.Guard(func() error {
				for i := from; i < to; i++ {
					if i%step == 0 && ctx.Err() != nil {
						return context.Cause(ctx)
					}
					if m.at[i] < 0 || checksum(facts[i].key, bytesOf(m.Row(i))) != facts[i].sum {
						found[shard] = append(found[shard], facts[i])
					}
				}
				return nil
			})
		})
	}
	wg.Wait()
	for _, some := range found {
		bad = append(bad, some...)
	}
	return bad, errors.Join(errs...)
}

// Guard calls fn and returns its error, or one that names the file if fn, in the
// goroutine of the call, touches a row that is not in the file any more.
func (m *Matrix) Guard(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		switch cause := recover().(type) {
		case nil:
		case interface{ Addr() uintptr }: // see debug.SetPanicOnFault
			err = fmt.Errorf("cannot read %s: it was cut short, or its disk fails", m.path)
		default:
			panic(cause)
		}
	}()
	return fn()
}

// Len returns the number of rows.
func (m *Matrix) Len() int { return len(m.at) }

// Dim returns the number of values in each row.
func (m *Matrix) Dim() int { return m.dim }

// Row returns row i of the selection. It is read-only memory, valid until Close.
func (m *Matrix) Row(i int) []float32 {
	start := int(m.at[i])
	return m.values[start : start+m.dim : start+m.dim]
}

// Close gives the memory back. No row may be used afterwards.
func (m *Matrix) Close() error {
	values := m.values
	m.values = nil
	if m.mapped != nil {
		return m.mapped.Unmap()
	}
	if values != nil {
		buffers.Put(&values)
	}
	return nil
}

// float32s views little-endian bytes, which must be aligned to four, as the
// float32 values they are. Machines of the other byte order: see bigendian.go.
func float32s(b []byte) []float32 {
	return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/4)
}

// bytesOf is the inverse of float32s.
func bytesOf(v []float32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), len(v)*4)
}
