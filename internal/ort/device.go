package ort

import (
	"fmt"
	"strconv"
	"strings"
)

// Device is what runs a model. The zero value is the CPU.
type Device struct {
	CUDA  bool
	Index int // of the GPU, from 0
}

// ParseDevice reads "cpu", "cuda" or "cuda:N".
func ParseDevice(text string) (Device, error) {
	kind, index, numbered := strings.Cut(text, ":")
	n, err := strconv.Atoi(index)
	switch {
	case text == "cpu":
		return Device{}, nil
	case text == "cuda":
		return Device{CUDA: true}, nil
	case kind == "cuda" && numbered && err == nil && n >= 0:
		return Device{CUDA: true, Index: n}, nil
	}
	return Device{}, fmt.Errorf("%q is not cpu, cuda or cuda:N", text)
}

// String returns what ParseDevice reads.
func (d Device) String() string {
	if d.CUDA {
		return fmt.Sprintf("cuda:%d", d.Index)
	}
	return "cpu"
}
