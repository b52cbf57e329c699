package imageio

import (
	"bufio"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
	"strconv"
)

// pnmHeader is what precedes the samples of a binary PGM ("P5") or PPM ("P6")
// file, as http://netpbm.sourceforge.net/doc/pgm.html lays down.
type pnmHeader struct {
	channels, width, height, maxval int
}

func isPNM(data []byte) bool {
	return len(data) >= 3 && data[0] == 'P' && (data[1] == '5' || data[1] == '6') &&
		(isPNMSpace(data[2]) || data[2] == '#')
}

func decodePNMConfig(r io.Reader) (image.Config, error) {
	h, err := readPNMHeader(bufio.NewReader(r))
	return image.Config{Width: h.width, Height: h.height}, err
}

// decodePNM returns an *image.Gray, *image.Gray16, *image.NRGBA or
// *image.NRGBA64, its samples scaled so that maxval becomes white.
func decodePNM(r io.Reader) (image.Image, error) {
	br := bufio.NewReader(r)
	h, err := readPNMHeader(br)
	if err != nil {
		return nil, err
	}
	sampleBytes := 1
	if h.maxval > 255 {
		sampleBytes = 2
	}
	row := make([]byte, h.width*h.channels*sampleBytes)
	full := uint32(255)
	if sampleBytes == 2 {
		full = 65535
	}
	sample := func(i int) uint16 {
		v := uint32(row[i*sampleBytes])
		if sampleBytes == 2 {
			v = v<<8 | uint32(row[2*i+1])
		}
		maxval := uint32(h.maxval)
		return uint16((min(v, maxval)*full + maxval/2) / maxval)
	}
	bounds := image.Rect(0, 0, h.width, h.height)
	var img image.Image
	var set func(x, y int)
	switch {
	case h.channels == 1 && sampleBytes == 1:
		gray := image.NewGray(bounds)
		set = func(x, y int) { gray.Pix[y*gray.Stride+x] = uint8(sample(x)) }
		img = gray
	case h.channels == 1:
		gray := image.NewGray16(bounds)
		set = func(x, y int) { gray.SetGray16(x, y, color.Gray16{Y: sample(x)}) }
		img = gray
	case sampleBytes == 1:
		rgb := image.NewNRGBA(bounds)
		set = func(x, y int) {
			rgb.SetNRGBA(x, y, color.NRGBA{uint8(sample(3 * x)), uint8(sample(3*x + 1)), uint8(sample(3*x + 2)), 255})
		}
		img = rgb
	default:
		rgb := image.NewNRGBA64(bounds)
		set = func(x, y int) {
			rgb.SetNRGBA64(x, y, color.NRGBA64{sample(3 * x), sample(3*x + 1), sample(3*x + 2), 65535})
		}
		img = rgb
	}
	for y := range h.height {
		if _, err := io.ReadFull(br, row); err != nil {
			return nil, io.ErrUnexpectedEOF
		}
		for x := range h.width {
			set(x, y)
		}
	}
	return img, nil
}

func readPNMHeader(br *bufio.Reader) (pnmHeader, error) {
	var magic [2]byte
	if _, err := io.ReadFull(br, magic[:]); err != nil {
		return pnmHeader{}, err
	}
	h := pnmHeader{channels: 1}
	if magic[1] == '6' {
		h.channels = 3
	}
	for _, field := range []*int{&h.width, &h.height, &h.maxval} {
		n, err := readPNMNumber(br)
		if err != nil {
			return h, err
		}
		*field = n
	}
	if h.maxval < 1 || h.maxval > 65535 {
		return h, fmt.Errorf("maximum value %d is not within 1 and 65535", h.maxval)
	}
	return h, nil
}

// readPNMNumber reads a decimal number and the one white space after it,
// passing over white space and comments before it.
func readPNMNumber(br *bufio.Reader) (int, error) {
	var digits []byte
	for {
		c, err := br.ReadByte()
		switch {
		case err != nil:
			return 0, err
		case c == '#':
			if _, err := br.ReadSlice('\n'); err != nil {
				return 0, errors.New("header has no end")
			}
		case isPNMSpace(c):
			if len(digits) > 0 {
				return strconv.Atoi(string(digits))
			}
		case c < '0' || c > '9' || len(digits) == 9:
			return 0, errors.New("header holds no number where one belongs")
		default:
			digits = append(digits, c)
		}
	}
}

func isPNMSpace(c byte) bool {
	return c == ' ' || (c >= '\t' && c <= '\r')
}
