package imageio

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"strconv"
)

// pnmHeader is what precedes the samples of a file of the Netpbm formats: PBM, PGM
// and PPM, plain ("P1" to "P3") or binary ("P4" to "P6"), and PAM ("P7"); see
// https://netpbm.sourceforge.net/doc.
type pnmHeader struct {
	kind                    byte // the digit
	channels, width, height int
	maxval                  int  // the sample that is white
	hasAlpha                bool // in the last channel
}

func isPNM(data []byte) bool {
	if len(data) < 3 || data[0] != 'P' {
		return false
	}
	if data[1] == '7' {
		return data[2] == '\n' || data[2] == '\r'
	}
	if data[1] < '1' || data[1] > '6' || !isPNMSpace(data[2]) && data[2] != '#' {
		return false
	}
	_, rest, err := pnmNumber(data[2:]) // text may begin so, but not with two numbers
	if err == nil {
		_, _, err = pnmNumber(rest)
	}
	return err == nil
}

// planPNM decodes a file of the Netpbm formats.
func (d *Decoder) planPNM(data []byte, _ Preprocessing) (plan, error) {
	h, samples, err := readPNMHeader(data)
	if err != nil {
		return plan{}, err
	}
	if err := d.Limits.check(h.width, h.height); err != nil {
		return plan{}, err
	}
	// Plain samples take a byte at least, and but for bits one between them.
	least := h.rowBytes() * h.height
	if h.kind <= '3' {
		least = h.width * h.height * h.channels
	}
	if len(samples) < least {
		return plan{}, io.ErrUnexpectedEOF
	}
	return plan{
		memory: perPixel(h.width, h.height, 3) + 4*int64(h.width*h.channels),
		decode: func(ctx context.Context) (picture, error) { return h.decode(ctx, samples) },
	}, nil
}

// rowBytes is the size of a row of a binary file.
func (h *pnmHeader) rowBytes() int {
	switch {
	case h.kind == '4':
		return (h.width + 7) / 8
	case h.maxval > 255:
		return 2 * h.width * h.channels
	}
	return h.width * h.channels
}

func (h *pnmHeader) decode(ctx context.Context, samples []byte) (picture, error) {
	row := make([]uint8, h.width*h.channels)
	read := h.binaryRows(samples)
	if h.kind <= '3' {
		read = h.plainRows(samples)
	}
	colours, pic := h.channels, picture{}
	if h.hasAlpha {
		colours--
	}
	if h.channels == 1 {
		pic = greyPicture(make([]uint8, h.width*h.height), h.width, h.width, h.height)
	} else {
		pic = whitePicture(h.width, h.height)
	}
	var wrong error
	err := pic.fill(ctx, image.Rect(0, 0, h.width, h.height), func(y int, red, green, blue []uint8) {
		if wrong == nil {
			wrong = read(y, row)
		}
		for x := range red {
			pixel := row[x*h.channels:][:h.channels]
			r, g, b := pixel[0], pixel[min(1, colours-1)], pixel[min(2, colours-1)]
			if h.hasAlpha {
				r, g, b = overWhite(r, g, b, pixel[colours])
			}
			red[x], green[x], blue[x] = r, g, b
		}
	})
	return pic, errors.Join(err, wrong)
}

// level scales a sample to 0–255.
func (h *pnmHeader) level(sample int) uint8 {
	return uint8((min(sample, h.maxval)*255 + h.maxval/2) / h.maxval)
}

// binaryRows reads row y, which is there.
func (h *pnmHeader) binaryRows(samples []byte) func(y int, row []uint8) error {
	return func(y int, row []uint8) error {
		packed := samples[y*h.rowBytes():]
		for i := range row {
			switch {
			case h.kind == '4':
				row[i] = 255 * (1 - packed[i/8]>>(7-i%8)&1)
			case h.maxval > 255:
				row[i] = h.level(int(packed[2*i])<<8 | int(packed[2*i+1]))
			default:
				row[i] = h.level(int(packed[i]))
			}
		}
		return nil
	}
}

// plainRows reads the next row of decimal numbers, or of bits with or without space
// between them.
func (h *pnmHeader) plainRows(samples []byte) func(y int, row []uint8) error {
	return func(_ int, row []uint8) error {
		for i := range row {
			if h.kind == '1' {
				bit, rest, err := pnmBit(samples)
				if err != nil {
					return err
				}
				row[i], samples = 255*(1-bit), rest
				continue
			}
			number, rest, err := pnmNumber(samples)
			if err != nil {
				return err
			}
			row[i], samples = h.level(number), rest
		}
		return nil
	}
}

func readPNMHeader(data []byte) (h pnmHeader, samples []byte, err error) {
	h.kind = data[1]
	if h.kind == '7' {
		return readPAMHeader(data[2:])
	}
	h.channels, h.maxval = 1, 1
	fields := []*int{&h.width, &h.height, &h.maxval}
	switch h.kind {
	case '1', '4':
		fields = fields[:2]
	case '3', '6':
		h.channels = 3
	}
	data = data[2:]
	for _, field := range fields {
		if *field, data, err = pnmNumber(data); err != nil {
			return h, nil, err
		}
	}
	return h, data, h.checkMaxval()
}

func (h *pnmHeader) checkMaxval() error {
	if h.maxval < 1 || h.maxval > 65535 {
		return fmt.Errorf("maximum value %d is not within 1 and 65535", h.maxval)
	}
	return nil
}

// readPAMHeader reads lines of names and values.
func readPAMHeader(data []byte) (h pnmHeader, samples []byte, err error) {
	h.kind = '7'
	kind := ""
	for {
		line, rest, found := bytes.Cut(data, []byte("\n"))
		if !found {
			return h, nil, io.ErrUnexpectedEOF
		}
		data = rest
		fields := bytes.Fields(line)
		if len(fields) == 0 || fields[0][0] == '#' {
			continue
		}
		name := string(fields[0])
		if name == "ENDHDR" {
			break
		}
		if len(fields) < 2 {
			return h, nil, errors.New("invalid line in the header")
		}
		if name == "TUPLTYPE" {
			kind += string(fields[1])
			continue
		}
		number, err := strconv.Atoi(string(fields[1]))
		if err != nil || number < 0 || number > largestPNMNumber {
			return h, nil, errPNMNumber
		}
		switch name {
		case "WIDTH":
			h.width = number
		case "HEIGHT":
			h.height = number
		case "DEPTH":
			h.channels = number
		case "MAXVAL":
			h.maxval = number
		}
	}
	if h.channels < 1 || h.channels > 4 {
		return h, nil, fmt.Errorf("%d samples per pixel are not supported", h.channels)
	}
	h.hasAlpha = h.channels%2 == 0 // with or without a name that says so
	if kind == "CMYK" {
		return h, nil, errors.New("CMYK is not supported")
	}
	return h, data, h.checkMaxval()
}

const largestPNMNumber = 1 << 31

var errPNMNumber = errors.New("invalid number in the header")

// pnmNumber splits a decimal number and the one white space after it off data,
// passing over white space and comments before it.
func pnmNumber(data []byte) (number int, rest []byte, err error) {
	digits, inComment := 0, false
	for i, c := range data {
		switch {
		case inComment:
			inComment = c != '\n' && c != '\r'
		case c == '#' && digits > 0:
			return number, data[i:], nil
		case c == '#':
			inComment = true
		case isPNMSpace(c) && digits > 0:
			return number, data[i+1:], nil
		case isPNMSpace(c):
		case c < '0' || c > '9' || number > largestPNMNumber:
			return 0, nil, errPNMNumber
		default:
			number = number*10 + int(c-'0')
			digits++
		}
	}
	if digits > 0 {
		return number, nil, nil
	}
	return 0, nil, io.ErrUnexpectedEOF
}

// pnmBit splits a digit off data, passing over white space and comments.
func pnmBit(data []byte) (bit uint8, rest []byte, err error) {
	inComment := false
	for i, c := range data {
		switch {
		case inComment:
			inComment = c != '\n' && c != '\r'
		case c == '#':
			inComment = true
		case isPNMSpace(c):
		case c == '0' || c == '1':
			return c - '0', data[i+1:], nil
		default:
			return 0, nil, errors.New("invalid bit")
		}
	}
	return 0, nil, io.ErrUnexpectedEOF
}

func isPNMSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }
