package store

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// headerSize is where the first row begins. It never changes, so that the header
// can be rewritten in place, and is what numpy.save itself uses.
const headerSize = 128

// npyHeader returns the header of a .npy file, format version 1.0, of float32
// [rows, dim]: see numpy.lib.format.
func npyHeader(rows int64, dim int) []byte {
	const magic = "\x93NUMPY\x01\x00"
	header := binary.LittleEndian.AppendUint16([]byte(magic), headerSize-uint16(len(magic))-2)
	header = fmt.Appendf(header, "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }", rows, dim)
	header = append(header, bytes.Repeat([]byte(" "), headerSize-len(header))...)
	header[headerSize-1] = '\n'
	return header
}

// maxDim keeps a damaged size from overflowing; no embedding is near it.
const maxDim = 1 << 24

// dimOf reads the values per row from a header as npyHeader makes it.
func dimOf(header []byte) (dim int, ok bool) {
	var rows int64
	const before = 10 // magic and length
	if len(header) < headerSize {
		return 0, false
	}
	_, err := fmt.Sscanf(string(header[before:]), "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d)", &rows, &dim)
	return dim, err == nil && dim > 0 && dim <= maxDim
}

// vectorFile is what a commit needs of vectors.npy.
type vectorFile interface {
	io.WriterAt
	io.Closer
	Stat() (fs.FileInfo, error)
	Sync() error
}

// VectorsPath returns the path of the file of embeddings, which numpy opens.
func (s *Store) VectorsPath() string { return filepath.Join(s.dir, "vectors.npy") }

// offset is where a row begins in vectors.npy.
func (s *Store) offset(row int64) int64 { return headerSize + row*int64(s.dim)*4 }

// rowsWithin returns how many whole rows a vectors.npy of size bytes holds.
func (s *Store) rowsWithin(size int64) int64 {
	return max(0, size-headerSize) / (int64(s.dim) * 4)
}

// writeRows writes rows from row first on and syncs them. It returns their
// checksums.
func (s *Store) writeRows(f vectorFile, first int64, rows []keyed) ([]uint32, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	if err := s.checkSize(f, first); err != nil {
		return nil, err
	}
	w := bufio.NewWriterSize(io.NewOffsetWriter(f, s.offset(first)), 1<<18)
	checksums := make([]uint32, len(rows))
	buf := make([]byte, 0, s.dim*4)
	for i, e := range rows {
		buf, _ = binary.Append(buf[:0], binary.LittleEndian, e.Vector)
		checksums[i] = checksum(e.key, buf)
		w.Write(buf) // an error stays in w until Flush
	}
	if err := w.Flush(); err != nil {
		return nil, err
	}
	return checksums, f.Sync()
}

// checkSize makes sure that the rows the index counts are there: writing behind
// the end of a truncated file would fill the gap with zeros.
func (s *Store) checkSize(f interface{ Stat() (fs.FileInfo, error) }, rows int64) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if have := s.rowsWithin(info.Size()); have < rows {
		return fmt.Errorf("%s is damaged (it holds %d of %d rows): %s", s.VectorsPath(), have, rows, s.index.remedy)
	}
	return nil
}

func (s *Store) writeHeader(f io.WriterAt, rows int64) error {
	_, err := f.WriteAt(npyHeader(rows, s.dim), 0)
	return err
}

// headerSays tells whether the header of vectors.npy is the one for that many
// rows.
func (s *Store) headerSays(rows int64) (bool, error) {
	f, err := os.Open(s.VectorsPath())
	if err != nil {
		return false, s.index.damaged(err)
	}
	defer f.Close()
	header := make([]byte, headerSize)
	if _, err := f.ReadAt(header, 0); err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	return bytes.Equal(header, npyHeader(rows, s.dim)), nil
}

func (s *Store) repairHeader(rows int64) error {
	f, err := s.openVectors()
	if err != nil {
		return err
	}
	return errors.Join(s.writeHeader(f, rows), f.Close())
}
