package dataset

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// idx is the origin of samples that are records of one file of MNIST's IDX
// format (http://yann.lecun.com/exdb/mnist): a magic number, the dimensions as
// big-endian uint32, then the bytes of all records. Each grey image is handed
// out as a binary PGM file. The pixels are read, all of them, when the first
// is asked for.
type idx struct {
	file          string
	files         *files
	count         int // of records
	rows, columns int
	load          func() ([]byte, error)
}

const (
	idxImages = 0x00000803 // unsigned bytes, three dimensions
	idxLabels = 0x00000801 // unsigned bytes, one dimension
)

// addIDXFolder adds the samples of the IDX files among a folder's entries,
// and tells whether there were any.
func (s *scan) addIDXFolder(folder string, entries []entry) (found bool, err error) {
	for _, e := range entries {
		if e.folder || !isIDXImages(e.name) {
			continue
		}
		found = true
		unpacked := strings.TrimSuffix(e.name, ".gz")
		if unpacked != e.name && slices.ContainsFunc(entries, func(e entry) bool { return e.name == unpacked }) {
			s.notes = append(s.notes, fmt.Sprintf("%s is passed over: it lies there unpacked, too", filepath.Join(folder, e.name)))
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

// addIDXFile adds the records of a file of images, with the labels of the
// file beside it.
func (s *scan) addIDXFile(path string) error {
	from, err := newIDX(s.files, path)
	if err != nil {
		return err
	}
	count := from.count
	folder, name := filepath.Split(path)
	labelFile := filepath.Join(folder, strings.NewReplacer("-images-idx3-", "-labels-idx1-", "-images.idx3-", "-labels.idx1-").Replace(name))
	labelDims, labels, err := readIDX(labelFile, idxLabels, 1)
	if err != nil {
		return err
	}
	if labelDims[0] != count {
		return fmt.Errorf("%d images, but %d labels in %s", count, labelDims[0], labelFile)
	}
	split, err := idxSplit(name)
	if err != nil {
		return err
	}
	for i := range count {
		s.found.add(Sample{
			Path:  path + "#" + strconv.Itoa(i),
			Label: strconv.Itoa(int(labels[i])),
			Split: split,
			from:  from,
		})
	}
	return nil
}

// newIDX looks at the header of a file of images.
func newIDX(files *files, path string) (*idx, error) {
	dims, _, err := readIDX(path, idxImages, 0)
	if err != nil {
		return nil, err
	}
	x := &idx{file: path, files: files, count: dims[0], rows: dims[1], columns: dims[2]}
	x.load = sync.OnceValues(func() ([]byte, error) {
		_, pixels, err := readIDX(path, idxImages, x.rows*x.columns)
		return pixels, err
	})
	return x, nil
}

// idxSplit tells the split from the names in use: train-…, t10k-…,
// emnist-digits-test-… and the like.
func idxSplit(name string) (Split, error) {
	train, test := strings.Contains(name, "train"), strings.Contains(name, "t10k") || strings.Contains(name, "test")
	switch {
	case train && !test:
		return Train, nil
	case test && !train:
		return Test, nil
	}
	return Unsplit, fmt.Errorf("%s: the name says neither train nor test", name)
}

// readIDX returns the dimensions of an IDX file, gzipped or not, and the bytes
// of its records, or only the dimensions where a record is of no bytes.
func readIDX(path string, magic uint32, recordBytes int) (dims []int, data []byte, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	var r io.Reader = bufio.NewReader(file)
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(r); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	header := make([]uint32, 1+magic&0xff)
	if err := binary.Read(r, binary.BigEndian, header); err != nil || header[0] != magic {
		return nil, nil, fmt.Errorf("%s: not an IDX file of unsigned bytes in %d dimensions", path, magic&0xff)
	}
	for i, dim := range header[1:] {
		if dim == 0 || dim > 1<<28 || i > 0 && dim > 1<<15 { // so that products fit an int
			return nil, nil, fmt.Errorf("%s: a dimension of %d", path, dim)
		}
		dims = append(dims, int(dim))
	}
	if recordBytes == 0 {
		return dims, nil, nil
	}
	// Growing with what is there, not by what the header claims.
	want := int64(dims[0]) * int64(recordBytes)
	data, err = io.ReadAll(io.LimitReader(r, want))
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	if int64(len(data)) < want {
		return nil, nil, fmt.Errorf("%s: cut short, %d bytes of %d", path, len(data), want)
	}
	return dims, data, nil
}

func (x *idx) id(s Sample) (ID, error) {
	info, err := os.Stat(x.file)
	if err != nil {
		return ID{}, err
	}
	return x.files.idOf(s.Path, info), nil
}

func (x *idx) read(s Sample, buf []byte, max int64) ([]byte, error) {
	pixels, err := x.load()
	if err != nil {
		return buf, err
	}
	record, err := strconv.Atoi(s.Path[len(x.file)+1:])
	if err != nil || record < 0 || record >= x.count {
		return buf, fmt.Errorf("%s: there is no such record, only 0 to %d", s.Path, x.count-1)
	}
	size := x.rows * x.columns
	buf = fmt.Appendf(buf, "P5\n%d %d\n255\n", x.columns, x.rows)
	if int64(len(buf)+size) > max {
		return buf, tooLarge(s.Path, int64(len(buf)+size), max)
	}
	return append(buf, pixels[record*size:(record+1)*size]...), nil
}
