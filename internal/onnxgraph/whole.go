package onnxgraph

import (
	"io/fs"
	"os"

	"github.com/edsrzf/mmap-go"
)

// CheckWhole tells by the lengths of its outermost fields alone, and so at once,
// whether a file can be an ONNX file that is not cut short. Errors are Load's.
func CheckWhole(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := checkFileFields(file); err != nil {
		return &fs.PathError{Op: "read", Path: path, Err: err}
	}
	return nil
}

func checkFileFields(file *os.File) error {
	info, err := file.Stat()
	switch {
	case err != nil:
		return err
	case info.Size() == 0:
		return ErrCutShort
	}
	data, err := mmap.Map(file, mmap.RDONLY, 0)
	if err != nil {
		return err
	}
	defer data.Unmap()
	return checkFields(data)
}
