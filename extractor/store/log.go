package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"time"

	"github.com/digitalinnovationone/headstart/internal/filelock"
)

// lockLimit is far above what a commit takes even on a slow disk.
const lockLimit = 30 * time.Second

// logFile is what a commit needs of keys.log and of vectors.npy. Tests put files
// in their place that fail or forget.
type logFile interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	Fd() uintptr
	Stat() (fs.FileInfo, error)
	Sync() error
	Truncate(size int64) error
}

func openFile(path string, flag int) (logFile, error) { return os.OpenFile(path, flag, 0o666) }

// A logSource is a keys.log to be read.
type logSource struct {
	io.ReaderAt
	info fs.FileInfo // nil if it is in memory
	size int64
}

func sourceOf(f logFile) (logSource, error) {
	info, err := f.Stat()
	if err != nil {
		return logSource{}, err
	}
	return logSource{f, info, info.Size()}, nil
}

// A keyLog is what this process has read of a keys.log.
type keyLog struct {
	path   string
	format logFormat

	mu sync.RWMutex
	table
	source      fs.FileInfo // of the file that was read
	headerSound bool
	next        int64   // where the next record goes: behind all that are sound or known to be committed
	rows        int64   // where the next row goes
	unsound     int64   // records before next that are damaged
	torn        []int64 // of these, the ones that an interrupted commit left: they were never committed
}

func recordOffset(index int64) int64 { return logHeaderSize + index*recordSize }

// scan calls visit with the records from one index to another.
func (l *keyLog) scan(r io.ReaderAt, from, to int64, visit func(index int64, r record, ok bool)) error {
	const step = 1 << 14
	codec := l.format.codec()
	buf := make([]byte, recordSize*max(0, min(step, to-from)))
	for start := from; start < to; start += step {
		b := buf[:recordSize*min(step, to-start)]
		if _, err := r.ReadAt(b, recordOffset(start)); err != nil {
			return fmt.Errorf("cannot read %s: %w", l.path, err)
		}
		for i := int64(0); i < int64(len(b))/recordSize; i++ {
			r, ok := codec.parse(b[i*recordSize:], start+i)
			visit(start+i, r, ok)
		}
	}
	return nil
}

// readHeader reads the header of a keys.log. A damaged one is not sound, which
// costs nothing; one of a newer format or of other rows is an error.
func (l *keyLog) readHeader(src logSource) (header []byte, dim int, sound bool, err error) {
	header = make([]byte, logHeaderSize)
	if _, err := src.ReadAt(header, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, false, fmt.Errorf("cannot read %s: %w", l.path, err)
	}
	format, its, sound := parseHeader(header)
	switch {
	case !sound:
	case format > formatVersion:
		err = newerError(l.path, int(format))
	case its.hash != l.format.hash:
		err = fmt.Errorf("cannot use %s: it belongs to the folder %s: move it away, or drop these embeddings", l.path, its.hash)
	case l.format.dim != 0 && its.dim != l.format.dim:
		err = fmt.Errorf("cannot use %s: its rows have %d values, not %d", l.path, its.dim, l.format.dim)
	}
	return header, its.dim, sound, err
}

// current tells whether all is known that the header of the log counts.
func (l *keyLog) current(src logSource) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.source != nil && src.info != nil && !os.SameFile(l.source, src.info) {
		return false
	}
	header, _, _, err := l.readHeader(src)
	if err != nil {
		return false
	}
	count, ok := parseCount(header)
	return !ok || count <= l.next
}

// update reads what has been committed since the last call. It needs no lock on
// the file: records that the header counts never change. With the lock, all is
// true and it reads what is behind these, too: the count is not synced.
func (l *keyLog) update(src logSource, all bool) error {
	if !all && l.current(src) {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	header, _, sound, err := l.readHeader(src)
	if err != nil {
		return err
	}
	count, countSound := parseCount(header)
	end := min(maxRecords, max(0, src.size-logHeaderSize)/recordSize)
	// Another file, also if it was given the number of the one before.
	if l.source != nil && src.info != nil && (!os.SameFile(l.source, src.info) || all && max(end, count) < l.next) {
		l.table, l.next, l.rows, l.unsound, l.torn = table{}, 0, 0, 0, nil
	}
	l.source = src.info
	if all {
		l.headerSound = sound && countSound
	} else {
		end = min(end, count)
	}
	l.reserve(end - l.next)
	var bad []int64
	if err := l.scan(src, l.next, end, func(index int64, r record, ok bool) {
		if !ok {
			bad = append(bad, index)
			return
		}
		l.unsound += int64(len(bad))
		for _, i := range bad {
			if i >= count {
				l.torn = append(l.torn, i)
			}
		}
		bad = bad[:0]
		l.apply(index, r)
		l.next = index + 1
	}); err != nil {
		return err
	}
	if count > l.next { // there, or cut off
		l.unsound += count - l.next
		l.next = count
	}
	return nil
}

func (l *keyLog) apply(index int64, r record) {
	switch r.kind {
	case kindRow:
		if r.number < maxRows {
			l.rows = max(l.rows, int64(r.number)+1)
			l.set(fact{r.payload, uint32(r.number), r.sum})
		}
	case kindUnreadable:
		l.set(fact{r.payload, uint32(index) | isUnreadable, r.sum})
	case kindVoid:
		if r.number < maxRows {
			l.rows = max(l.rows, int64(r.number))
		}
	}
}

// reason reads why an image is unreadable. It is not ok if the text, or the
// record itself, is damaged by now.
func (l *keyLog) reason(src io.ReaderAt, key Key, index int64) (reason string, ok bool) {
	b := make([]byte, recordSize*(1+(maxReason+31)/32))
	n, _ := src.ReadAt(b, recordOffset(index)) // it may be the last
	codec := l.format.codec()
	var head record
	for i := int64(0); int(i+1)*recordSize <= n; i++ {
		r, ok := codec.parse(b[i*recordSize:], index+i)
		switch {
		case !ok, i == 0 && (r.kind != kindUnreadable || r.payload != key), i > 0 && (r.kind != kindText || r.number > 32):
			return "", false
		case i == 0:
			head = r
		default:
			reason += string(r.payload[:r.number])
		}
		if uint64(i) == head.number {
			return reason, checksum(key, []byte(reason)) == head.sum
		}
	}
	return "", false
}

// append writes records behind all others, and returns when they are safe on
// the disk. The caller has the lock and has read all. After an error the log is
// as it was.
func (l *keyLog) append(f logFile, records []record) (err error) {
	codec := l.format.codec()
	start := l.next
	if start+int64(len(records)) > maxRecords {
		return fmt.Errorf("%s is full", l.path)
	}
	for _, i := range l.torn { // now they count
		if _, err := f.WriteAt(codec.append(nil, i, record{kind: kindVoid}), recordOffset(i)); err != nil {
			return err
		}
	}
	if !l.headerSound {
		if _, err := f.WriteAt(l.format.header(), 0); err != nil {
			return err
		}
	}
	b := make([]byte, 0, recordSize*len(records))
	for i, r := range records {
		b = codec.append(b, start+int64(i), r)
	}
	if len(b) > 0 {
		_, err = f.WriteAt(b, recordOffset(start))
	}
	if err == nil {
		err = f.Sync()
	}
	if err != nil {
		// What did get written may not be on the disk.
		f.Truncate(recordOffset(start))
		return err
	}
	l.torn = nil
	return nil
}

func (l *keyLog) writeCount(f logFile, count int64) error {
	_, err := f.WriteAt(countField(count), countAt)
	return err
}

// lockLog locks an open keys.log.
func lockLog(f logFile, path string, mode filelock.Mode) error {
	if err := filelock.Lock(f, mode, lockLimit); err != nil {
		return fmt.Errorf("cannot use %s: %w", path, err)
	}
	return nil
}

func newerError(path string, format int) error {
	return fmt.Errorf("cannot use %s: it was made by a newer headstart (its format is %d, ours %d): use that one, or another store", path, format, formatVersion)
}
