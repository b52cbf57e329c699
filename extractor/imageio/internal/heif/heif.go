// Package heif decodes the picture that a HEIC or AVIF file shows.
//
// It reads the boxes itself, puts pictures that are made of others together, and
// has HEVC and AV1 decoded in a WebAssembly sandbox of a size that is known before:
//
//	f, err := heif.Open(data, limits.check)
//	… reserve f.Memory() bytes …
//	pic, err := f.Decode(ctx)
package heif

import "context"

// File is a file whose boxes have been read. It refers to the file's bytes.
type File struct {
	shown *source
	turn  Turn
}

// Open finds out how the picture is made that the content of a file shows. It
// takes no memory for pixels. check refuses sizes, in pixels, that are too large;
// it is asked about every picture that is decoded on the way, and all together.
func Open(data []byte, check func(width, height int) error) (*File, error) {
	items, primary, err := readItems(data)
	if err != nil {
		return nil, err
	}
	p := &planner{items: items, joinable: len(data), units: mostUnits, check: check, alphas: alphasOf(items), made: map[int]made{}}
	shown, err := p.picture(primary, 0)
	if err != nil {
		return nil, err
	}
	f := &File{shown: shown}
	_, f.turn = shown.lay(shown.width, shown.height)
	return f, nil
}

// Turn is how the picture is to be turned that Decode returns.
func (f *File) Turn() Turn { return f.turn }

// Memory is the number of bytes that Decode takes, those of the picture that it
// returns included.
func (f *File) Memory() int64 {
	memory := f.shown.sandboxes() + f.shown.canvases(true)
	if f.shown.isSparse() {
		memory += 2 * int64(f.shown.width) * int64(f.shown.height)
	}
	return memory
}

// Decode returns the picture, over white where it is not opaque. When ctx is done
// it returns ctx's error soon after.
func (f *File) Decode(ctx context.Context) (*Picture, error) {
	d := &decoder{ctx, newSandbox(f.shown.sandboxes())}
	pic, err := d.picture(f.shown, true)
	if err == nil && f.shown.isSparse() {
		pic = pic.dense()
	}
	return pic, err
}
