package onnxgraph

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"google.golang.org/protobuf/encoding/protowire"
)

// CheckWhole tells from the lengths of its outermost fields alone, and so without
// reading most of it, whether a file can be a complete ONNX file. Its errors are
// those of Load.
func CheckWhole(path string) error {
	size, err := checkSize(path)
	if err != nil {
		return err
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := checkFields(file, size); err != nil {
		return &fs.PathError{Op: "read", Path: path, Err: err}
	}
	return nil
}

// ReadFile returns the content of a file that is not larger than an ONNX file can
// be. Its errors are of type *fs.PathError.
func ReadFile(path string) ([]byte, error) {
	if _, err := checkSize(path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// checkSize returns a file's size. It refuses pipes, which could block forever.
func checkSize(path string) (int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	switch {
	case !info.Mode().IsRegular():
		err = errors.New("not a regular file")
	case info.Size() > maxSize:
		err = ErrTooLarge
	default:
		return info.Size(), nil
	}
	return 0, &fs.PathError{Op: "read", Path: path, Err: err}
}

// checkFields walks over the outermost fields to distinguish a file that is cut
// short from one that never was ONNX, which proto.Unmarshal does not.
func checkFields(file io.ReaderAt, size int64) error {
	if size == 0 {
		return ErrCutShort
	}
	if isPointer(file) {
		return ErrPointer
	}
	var buffer [20]byte // the longest tag and length
	for at := int64(0); at < size; {
		read, err := file.ReadAt(buffer[:], at)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		number, kind, n := protowire.ConsumeTag(buffer[:read])
		if at == 0 && (n < 0 || modelDescriptor.Fields().ByNumber(number) == nil) {
			return ErrNotONNX
		}
		var length uint64 // of bytes behind the tag and the length itself
		if rest := buffer[max(n, 0):read]; n > 0 {
			if kind == protowire.BytesType {
				length, _ = protowire.ConsumeVarint(rest)
				kind = protowire.VarintType
			}
			if m := protowire.ConsumeFieldValue(number, kind, rest); m < 0 {
				n = m
			} else {
				n += m
			}
		}
		switch {
		case n < 0 && !errors.Is(protowire.ParseError(n), io.ErrUnexpectedEOF):
			return ErrNotONNX
		case n < 0 || length > uint64(size-at-int64(n)):
			return ErrCutShort
		}
		at += int64(n) + int64(length)
	}
	return nil
}

// pointerStart is how Git LFS begins the small text files that it leaves in place
// of large ones that were not fetched.
const pointerStart = "version https://git-lfs"

func isPointer(file io.ReaderAt) bool {
	start := make([]byte, len(pointerStart))
	_, err := file.ReadAt(start, 0)
	return err == nil && string(start) == pointerStart
}
