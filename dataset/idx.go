package dataset

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/digitalinnovationone/headstart/internal/patherr"
)

// idx is the origin of samples that are records of one file of MNIST's IDX
// format (http://yann.lecun.com/exdb/mnist): a magic number, the dimensions as
// big-endian uint32, then the bytes of all records. Read returns a grey image
// as a binary PGM file. The pixels of a gzipped file are unpacked into memory,
// all of them, when the first is read.
type idx struct {
	path          string
	files         *files
	file          *os.File // open for as long as a sample may be read
	count         int      // of records
	rows, columns int
	packed        bool
	unpacked      func() ([]byte, error)
}

const (
	idxImages = 0x00000803 // unsigned bytes, three dimensions
	idxLabels = 0x00000801 // unsigned bytes, one dimension
	idxHeader = 16         // bytes of a file of images before its pixels
)

// What a file of images may claim, so that memory stays in proportion to what
// is on the disk. MNIST packs 4.8:1.
const (
	mostPacked  = 100     // bytes of pixels for a byte of the gzipped file
	maxUnpacked = 1 << 30 // bytes of pixels in a gzipped file
	minRecord   = 64      // bytes that a record counts for at least
	slack       = 1 << 20 // bytes that may be claimed in any case
)

// addIDXFolder adds the samples of the IDX files among a folder's entries, and
// reports whether there are any.
func (s *scan) addIDXFolder(folder string, entries []entry) (found bool, err error) {
	for _, e := range entries {
		if e.folder || !isIDXImages(e.name) {
			continue
		}
		found = true
		unpacked := strings.TrimSuffix(e.name, ".gz")
		if unpacked != e.name && slices.ContainsFunc(entries, func(e entry) bool { return e.name == unpacked }) {
			s.notes = append(s.notes, fmt.Sprintf("skipped %s: the unpacked file is there too", filepath.Join(folder, e.name)))
			continue
		}
		if err := s.addIDXFile(filepath.Join(folder, e.name)); err != nil {
			return true, err
		}
	}
	return found, nil
}

func isIDXImages(name string) bool {
	name = strings.TrimSuffix(name, ".gz")
	return strings.HasSuffix(name, "-images-idx3-ubyte") || strings.HasSuffix(name, "-images.idx3-ubyte")
}

// addIDXFile adds the records of a file of images, with the labels of the file
// next to it.
func (s *scan) addIDXFile(path string) error {
	from, err := newIDX(s.files, path)
	if err != nil {
		return err
	}
	count := from.count
	folder, name := filepath.Split(path)
	labelFile := filepath.Join(folder, strings.NewReplacer("-images-idx3-", "-labels-idx1-", "-images.idx3-", "-labels.idx1-").Replace(name))
	labels, err := s.readLabels(labelFile, count)
	if err != nil {
		return err
	}
	split, err := idxSplit(name)
	if err != nil {
		return err
	}
	for i := range count {
		if s.ctx.Err() != nil {
			return context.Cause(s.ctx)
		}
		s.found = append(s.found, Sample{Path: path + "#" + strconv.Itoa(i), Label: strconv.Itoa(int(labels[i])), Split: split, from: from})
	}
	return nil
}

// newIDX reads the header of a file of images and checks it against the file's
// size.
func newIDX(files *files, path string) (*idx, error) {
	file, info, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	x := &idx{path: path, files: files, file: file}
	if err := x.readHeader(file, info.Size()); err != nil {
		file.Close()
		return nil, err
	}
	x.unpacked = sync.OnceValues(x.unpack)
	return x, nil
}

func (x *idx) readHeader(file io.Reader, size int64) error {
	r, dims, err := readIDX(x.path, file, idxImages)
	if err != nil {
		return err
	}
	x.count, x.rows, x.columns, x.packed = dims[0], dims[1], dims[2], r != file
	pixels := int64(x.count) * int64(x.rows*x.columns)
	// A sample takes memory too, however few pixels it has.
	claimed := max(pixels, int64(x.count)*minRecord)
	claim := fmt.Sprintf("%d images of %d×%d pixels", x.count, x.rows, x.columns)
	switch {
	case x.packed && claimed > slack+min(mostPacked*size, maxUnpacked):
		return fmt.Errorf("%s: claims %s in %d bytes: unpack it with gunzip if that is right", x.path, claim, size)
	case !x.packed && pixels > size-idxHeader:
		return fmt.Errorf("%s: cut short, %d bytes of %d", x.path, size-idxHeader, pixels)
	case !x.packed && claimed > slack+8*size:
		return fmt.Errorf("%s: %s are too small", x.path, claim)
	}
	return nil
}

// idxSplit finds the split in the names in use: train-…, t10k-…,
// emnist-digits-test-… and the like.
func idxSplit(name string) (Split, error) {
	train, test := strings.Contains(name, "train"), strings.Contains(name, "t10k") || strings.Contains(name, "test")
	switch {
	case train && !test:
		return Train, nil
	case test && !train:
		return Test, nil
	}
	return Unsplit, fmt.Errorf("%s: its name has neither train nor test in it", name)
}

// readIDX reads the header of an IDX file, gzipped or not. It returns the
// dimensions and a reader of the bytes that follow: file itself if it is not
// gzipped.
func readIDX(path string, file io.Reader, magic uint32) (r io.Reader, dims []int, err error) {
	r = file
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(bufio.NewReader(file)); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	header := make([]uint32, 1+magic&0xff)
	switch err := binary.Read(r, binary.BigEndian, header); {
	case err == io.EOF, err == io.ErrUnexpectedEOF, err == nil && header[0] != magic:
		return nil, nil, fmt.Errorf("%s: not an IDX file of unsigned bytes in %d dimensions", path, magic&0xff)
	case err != nil:
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	for i, dim := range header[1:] {
		if dim == 0 || dim > 1<<28 || i > 0 && dim > 1<<15 { // so that products fit an int64
			return nil, nil, fmt.Errorf("%s: a dimension of %d", path, dim)
		}
		dims = append(dims, int(dim))
	}
	return r, dims, nil
}

// readLabels reads the file of labels, of which there must be count.
func (s *scan) readLabels(path string, count int) ([]byte, error) {
	file, _, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	r, dims, err := readIDX(path, stoppable{s.ctx, file}, idxLabels)
	if err != nil {
		return nil, err
	}
	if dims[0] != count {
		return nil, fmt.Errorf("%d images, but %d labels in %s", count, dims[0], path)
	}
	return readAll(path, r, int64(count))
}

// readAll reads want bytes. Memory grows with what comes, not by what is claimed.
func readAll(path string, r io.Reader, want int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, want))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if int64(len(data)) < want {
		return nil, fmt.Errorf("%s: cut short, %d bytes of %d", path, len(data), want)
	}
	return data, nil
}

// unpack returns all pixels of a gzipped file, which cannot be read from the
// middle.
func (x *idx) unpack() ([]byte, error) {
	info, err := x.file.Stat()
	if err != nil {
		return nil, err
	}
	r, _, err := readIDX(x.path, io.NewSectionReader(x.file, 0, info.Size()), idxImages)
	if err != nil {
		return nil, err
	}
	return readAll(x.path, r, int64(x.count)*int64(x.rows*x.columns))
}

// id describes the file that was opened, even if another has its name now.
func (x *idx) id(s Sample) (ID, error) {
	info, err := x.file.Stat()
	if err != nil {
		return ID{}, err
	}
	return x.files.idOf(s.Path, info), nil
}

func (x *idx) read(s Sample, buf []byte, max int64) ([]byte, error) {
	record, err := strconv.Atoi(s.Path[len(x.path)+1:])
	if err != nil || record < 0 || record >= x.count {
		return buf, fmt.Errorf("%s: no such record, only 0 to %d", s.Path, x.count-1)
	}
	size := x.rows * x.columns
	buf = fmt.Appendf(buf, "P5\n%d %d\n255\n", x.columns, x.rows)
	if int64(len(buf)+size) > max {
		return buf, tooLarge(s.Path, int64(len(buf)+size), max)
	}
	if x.packed {
		pixels, err := x.unpacked()
		if err != nil {
			return buf, err
		}
		return append(buf, pixels[record*size:(record+1)*size]...), nil
	}
	at := len(buf)
	buf = slices.Grow(buf, size)[:at+size]
	if _, err := x.file.ReadAt(buf[at:], idxHeader+int64(record)*int64(size)); err != nil {
		return buf[:at], &fs.PathError{Op: "read", Path: s.Path, Err: patherr.Strip(err)}
	}
	return buf, nil
}
