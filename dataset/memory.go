package dataset

import ()

// FromFile returns the sample of one image file, which is looked at when it is
// read.
func FromFile(path string) (Sample, error) {
	files, err := newFiles()
	return Sample{Path: path, Named: true, from: files}, err
}

// FromBytes returns the sample of an image that is in memory. It is called name
// in results and errors. The bytes must not change while the sample is in use.
func FromBytes(name string, image []byte) Sample {
	return Sample{Path: name, Named: true, from: memory(image)}
}

// memory is the origin of a sample whose bytes are at hand.
type memory []byte

func (m memory) id(Sample) (ID, error) { return ID{}, nil }

func (m memory) read(s Sample, buf []byte, max int64) ([]byte, error) {
	if int64(len(m)) > max {
		return buf, tooLarge(s.Path, int64(len(m)), max)
	}
	return append(buf, m...), nil
}

// InMemory returns how many bytes of memory the sample's image takes: 0 unless
// it is of FromBytes.
func (s Sample) InMemory() int {
	m, _ := s.from.(memory)
	return len(m)
}
