package dataset

import "os"

// FromFile returns the sample of one image file, which is not opened before it
// is read. It has no label.
func FromFile(path string) Sample {
	cwd, _ := os.Getwd() // without it, reading a relative path fails as well
	return Sample{Path: path, Explicit: true, from: &files{cwd}}
}

// FromBytes returns a sample whose image file is in memory; name stands for a
// path in messages. The bytes are not copied: they must not change while the
// sample is in use. Its ID is zero.
func FromBytes(name string, image []byte) Sample {
	return Sample{Path: name, Explicit: true, from: memory(image)}
}

// memory is the origin of a sample in memory.
type memory []byte

func (memory) id(Sample) (ID, error) { return ID{}, nil }

func (m memory) read(s Sample, buf []byte, max int64) ([]byte, error) {
	if size := int64(len(m)); size > max {
		return buf, tooLarge(s.Path, size, max)
	}
	return append(buf, m...), nil
}

// InMemory returns how many bytes the image takes of a sample that is in memory,
// 0 for all others.
func (s Sample) InMemory() int {
	m, _ := s.from.(memory)
	return len(m)
}
