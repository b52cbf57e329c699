package imageio

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
)

// pnmHeader is what precedes the samples of a binary PGM ("P5") or PPM ("P6")
// file, as http://netpbm.sourceforge.net/doc/pgm.html lays down.
type pnmHeader struct {
	channels, width, height int
	maxval                  int // the sample that is white
}

func isPNM(data []byte) bool {
	return len(data) >= 3 && data[0] == 'P' && (data[1] == '5' || data[1] == '6') &&
		(isPNMSpace(data[2]) || data[2] == '#')
}

// planPNM decodes a binary PGM or PPM file.
func (d *Decoder) planPNM(data []byte, _ Preprocessing) (plan, error) {
	h, samples, err := readPNMHeader(data)
	if err != nil {
		return plan{}, err
	}
	if err := d.Limits.check(h.width, h.height); err != nil {
		return plan{}, err
	}
	if len(samples)/h.sampleBytes() < h.width*h.height*h.channels {
		return plan{}, io.ErrUnexpectedEOF
	}
	return plan{
		memory: perPixel(h.width, h.height, 3),
		decode: func(ctx context.Context) (picture, error) { return h.decode(ctx, samples) },
	}, nil
}

func (h *pnmHeader) decode(ctx context.Context, samples []byte) (picture, error) {
	level := h.levels(samples)
	if h.channels == 1 {
		pic := greyPicture(make([]uint8, h.width*h.height), h.width, h.width, h.height)
		return pic, pic.fill(ctx, image.Rect(0, 0, h.width, h.height), func(y int, grey, _, _ []uint8) {
			for x := range grey {
				grey[x] = level(y*h.width + x)
			}
		})
	}
	pic := whitePicture(h.width, h.height)
	return pic, pic.fill(ctx, image.Rect(0, 0, h.width, h.height), func(y int, red, green, blue []uint8) {
		for x := range red {
			i := 3 * (y*h.width + x)
			red[x], green[x], blue[x] = level(i), level(i+1), level(i+2)
		}
	})
}

func (h *pnmHeader) sampleBytes() int {
	if h.maxval > 255 {
		return 2
	}
	return 1
}

// levels returns a function that scales sample i to 0–255.
func (h *pnmHeader) levels(samples []byte) func(i int) uint8 {
	scale := func(sample int) uint8 { return uint8((min(sample, h.maxval)*255 + h.maxval/2) / h.maxval) }
	if h.sampleBytes() == 2 {
		return func(i int) uint8 { return scale(int(samples[2*i])<<8 | int(samples[2*i+1])) }
	}
	return func(i int) uint8 { return scale(int(samples[i])) }
}

func readPNMHeader(data []byte) (h pnmHeader, samples []byte, err error) {
	h.channels = 1
	if data[1] == '6' {
		h.channels = 3
	}
	data = data[2:]
	for _, field := range []*int{&h.width, &h.height, &h.maxval} {
		if *field, data, err = pnmNumber(data); err != nil {
			return h, nil, err
		}
	}
	if h.maxval < 1 || h.maxval > 65535 {
		return h, nil, fmt.Errorf("maximum value %d is not within 1 and 65535", h.maxval)
	}
	return h, data, nil
}

// pnmNumber splits a decimal number and the one white space after it off data,
// passing over white space and comments before it.
func pnmNumber(data []byte) (number int, rest []byte, err error) {
	const largest = 1 << 31
	digits, inComment := 0, false
	for i, c := range data {
		switch {
		case inComment:
			inComment = c != '\n'
		case c == '#':
			inComment = true
		case isPNMSpace(c) && digits > 0:
			return number, data[i+1:], nil
		case isPNMSpace(c):
		case c < '0' || c > '9' || number > largest:
			return 0, nil, errors.New("invalid number in the header")
		default:
			number = number*10 + int(c-'0')
			digits++
		}
	}
	return 0, nil, io.ErrUnexpectedEOF
}

func isPNMSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }
