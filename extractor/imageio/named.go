package imageio

import "errors"

// The formats that are known by name and not decoded: a photo in one of them is
// unreadable for a reason, and not a file that is no image.
var namedFormats = []format{
	{"JPEG XL", startsWith("\xff\x0a", "\x00\x00\x00\x0cJXL \r\n\x87\n"), refuse("the format is not supported, convert it to JPEG or PNG")},
	{"JPEG 2000", startsWith("\x00\x00\x00\x0cjP  \r\n\x87\n", "\xff\x4f\xff\x51"), refuse("the format is not supported, convert it to JPEG or PNG")},
	{"PSD", startsWith("8BPS\x00"), refuse("the format is not supported, convert it to JPEG or PNG")},
	{"ORF", startsWith("IIRO", "IIRS", "MMOR"), refuse("a camera's raw file is not supported: develop it to JPEG")},
}

func refuse(reason string) func(*Decoder, []byte, Preprocessing) (plan, error) {
	return func(*Decoder, []byte, Preprocessing) (plan, error) { return plan{}, errors.New(reason) }
}
