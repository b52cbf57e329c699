package heif

import (
	"errors"
	"fmt"
	"slices"
)

// source is how a picture is made: decoded, or put together of others.
type source struct {
	width, height int // as the file says
	codec         *codec
	pieces        [][]byte // of the bitstream, for the codec
	operating     uint64   // point of AV1
	chroma, bits  int      // at most

	layers []layer // a source without a codec is made of these
	fill   [3]int  // red, green and blue under them, of 16 bits

	colours    *Colours // instead of the bitstream's, unless nil
	transforms []property
	alpha      *source // nil if the picture is opaque
	multiplied bool    // by alpha already
}

// layer is a picture within another.
type layer struct {
	*source
	x, y int
}

// planner makes sources of items, within limits.
type planner struct {
	items    map[int]*item
	joinable int // bytes of data in pieces
	units    int // of HEVC, that may yet be
	check    func(width, height int) error
	alphas   map[int]int // items' transparency
	made     map[int]made
	coded    coded
}

// coded counts pictures to be decoded, repeated ones too, and their pixels.
type coded struct{ pictures, pixels int }

// made is a source that may be asked for again, and what is decoded for it.
type made struct {
	source
	coded
}

const (
	deepest   = 8       // pictures made of pictures
	mostCoded = 1 << 16 // pictures decoded for one
	mostUnits = 1 << 16 // of HEVC in them that are held one by one
)

// source is how to make an item's picture, without transparency.
func (p *planner) source(id, depth int) (*source, error) {
	if again, ok := p.made[id]; ok {
		return &again.source, p.count(again.coded)
	}
	before := p.coded
	s, err := p.make(id, depth)
	if err == nil {
		p.made[id] = made{*s, coded{p.coded.pictures - before.pictures, p.coded.pixels - before.pixels}}
	}
	return s, err
}

// count bounds what is decoded for one picture. Tiles reach beyond it, by less than
// its size in each direction.
func (p *planner) count(more coded) error {
	p.coded.pictures += more.pictures
	p.coded.pixels += more.pixels
	if p.coded.pictures > mostCoded {
		return errDamaged
	}
	return p.check(ceilDiv(p.coded.pixels, 4), 1)
}

func (p *planner) make(id, depth int) (*source, error) {
	it := p.items[id]
	if it == nil || depth > deepest {
		return nil, errDamaged
	}
	s := &source{transforms: transformsOf(it), colours: nclxOf(it)}
	s.width, s.height = it.size()
	var err error
	switch it.kind {
	case "hvc1", "hev1", "av01":
		err = p.bitstream(s, it)
	case "grid":
		err = p.grid(s, it, depth)
	case "iovl":
		err = p.overlay(s, it, depth)
	case "iden":
		return p.identity(s, it, depth)
	case "":
		err = errNoItem
	default:
		err = fmt.Errorf("a picture of kind %q is not supported, convert it to JPEG or PNG", it.kind)
	}
	if err != nil {
		return nil, err
	}
	return s, p.check(s.width, s.height)
}

var errNoSize = errors.New("the file does not say how large its picture is")

func (p *planner) bitstream(s *source, it *item) error {
	if s.width == 0 || s.height == 0 {
		return errNoSize
	}
	if err := p.check(s.width, s.height); err != nil {
		return err
	}
	if err := p.count(coded{1, s.width * s.height}); err != nil {
		return err
	}
	data, err := it.data(&p.joinable)
	if err != nil {
		return err
	}
	if it.kind == "av01" {
		return s.readAV1(it, data)
	}
	return s.readHEVC(it, data, &p.units)
}

// grid is a picture of equal tiles.
func (p *planner) grid(s *source, it *item, depth int) error {
	data, err := it.data(&p.joinable)
	if err != nil {
		return err
	}
	header := Fields(data)
	header.Take(1)
	bytes := 2 << (header.Take(1) & 1)
	rows, columns := header.Take(1)+1, header.Take(1)+1
	s.width, s.height = header.Take(bytes), header.Take(bytes)
	if err := p.check(s.width, s.height); err != nil {
		return err
	}
	if len(it.from) < rows*columns {
		return errDamaged
	}
	for i, id := range it.from[:rows*columns] {
		tile, err := p.source(id, depth+1)
		if err != nil {
			return err
		}
		first := tile
		if i > 0 {
			first = s.layers[0].source
		}
		width, height := first.shown()
		if w, h := tile.shown(); w != width || h != height || (columns-1)*w >= s.width || (rows-1)*h >= s.height {
			return errDamaged
		}
		s.layers = append(s.layers, layer{tile, i % columns * width, i / columns * height})
	}
	s.madeOfLayers()
	return nil
}

// overlay is a picture of pictures laid over each other.
func (p *planner) overlay(s *source, it *item, depth int) error {
	data, err := it.data(&p.joinable)
	if err != nil {
		return err
	}
	header := Fields(data)
	header.Take(1)
	bytes := 2 << (header.Take(1) & 1)
	for i := range s.fill {
		s.fill[i] = header.Take(2)
	}
	header.Take(2) // how opaque that is
	s.width, s.height = header.Take(bytes), header.Take(bytes)
	if err := p.check(s.width, s.height); err != nil {
		return err
	}
	for _, id := range it.from {
		over, err := p.picture(id, depth+1)
		if err != nil {
			return err
		}
		x, y := signed(header.Take(bytes), bytes), signed(header.Take(bytes), bytes)
		s.layers = append(s.layers, layer{over, x, y})
	}
	if len(s.layers) == 0 {
		return errDamaged
	}
	s.madeOfLayers()
	return nil
}

func signed(value, bytes int) int {
	unused := 64 - 8*bytes
	return int(int64(value) << unused >> unused)
}

// identity is another picture, turned or cut once more.
func (p *planner) identity(s *source, it *item, depth int) (*source, error) {
	if len(it.from) != 1 {
		return nil, errDamaged
	}
	of, err := p.source(it.from[0], depth+1)
	if err != nil {
		return nil, err
	}
	of.transforms = slices.Concat(of.transforms, s.transforms)
	if s.colours != nil {
		of.colours = s.colours
	}
	return of, nil
}

// madeOfLayers takes from the layers what their picture has like them.
func (s *source) madeOfLayers() {
	first := s.layers[0]
	s.chroma, s.bits = first.chroma, 8
	if s.colours == nil {
		s.colours = first.colours
	}
}

// picture is how to make an item's picture, with its transparency.
func (p *planner) picture(id, depth int) (*source, error) {
	s, err := p.source(id, depth)
	if err != nil {
		return nil, err
	}
	alpha, found := p.alphas[id]
	if !found {
		return s, nil
	}
	s.multiplied = slices.Contains(p.items[id].premultiplied, alpha)
	s.alpha, err = p.source(alpha, depth+1)
	return s, err
}

// alphasOf are the numbers of items that are others' transparency, by these.
func alphasOf(items map[int]*item) map[int]int {
	alphas := map[int]int{}
	for id, it := range items {
		for _, of := range it.alphaOf {
			if isAlpha(it) && (alphas[of] == 0 || id < alphas[of]) {
				alphas[of] = id
			}
		}
	}
	return alphas
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }
