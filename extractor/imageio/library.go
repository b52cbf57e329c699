package imageio

import (
	"bytes"
	"context"
	"image"
	"io"
	"sync"
)

// byLibrary is the plan to have decode, of a library that knows no context, read
// data, and make a picture of what it returns.
func (d *Decoder) byLibrary(memory int64, turn orientation, data []byte, decode func(io.Reader) (image.Image, error), make func(context.Context, image.Image) (picture, error)) plan {
	return plan{memory: memory, turn: turn, decode: func(ctx context.Context) (picture, error) {
		img, err := d.runLibrary(ctx, data, decode)
		if err != nil {
			return picture{}, err
		}
		return make(ctx, img)
	}}
}

// runLibrary has decode read data.
//
// When ctx is done it returns ctx's error at once. Most decoders then find at
// their next Read that they cannot go on. Those that have read everything before
// go on for as long as the picture's size lets them; nobody waits for them, and
// the image's memory stays reserved until they return.
func (d *Decoder) runLibrary(ctx context.Context, data []byte, decode func(io.Reader) (image.Image, error)) (image.Image, error) {
	r := &stoppableReader{ctx: ctx, data: bytes.NewReader(data)}
	if ctx.Done() == nil {
		return decode(r)
	}
	type result struct {
		img image.Image
		err error
	}
	done := make(chan result, 1)
	go func() {
		var decoded result
		defer func() { done <- decoded }()
		defer recovered(&decoded.err)
		decoded.img, decoded.err = decode(r)
	}()
	select {
	case decoded := <-done:
		return decoded.img, decoded.err
	case <-ctx.Done():
	}
	r.stop()
	reserved := d.reserved
	d.reserved = 0
	go func() {
		<-done
		d.Memory.release(reserved)
	}()
	return nil, ctx.Err()
}

// stoppableReader reads data until ctx is done or stop is called. After stop has
// returned, it does not refer to data.
type stoppableReader struct {
	ctx  context.Context
	mu   sync.Mutex
	data *bytes.Reader
}

// Len is the number of bytes left, with which a reader can take memory for all of
// them at once.
func (r *stoppableReader) Len() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.data.Len()
}

func (r *stoppableReader) Read(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.data.Read(p)
}

func (r *stoppableReader) stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.data.Reset(nil)
}
