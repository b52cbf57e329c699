package sheet

import (
	"fmt"
	"strconv"
	"strings"
)

// Number reads a number of a text with such separators. Where the separator between values is no comma, as in
// countries that write 0,5, a comma is a decimal point; 1,500 may also mean 1500
// and is refused.
func Number(text string, separator byte) (float64, error) {
	text = strings.TrimSpace(text)
	before, after, comma := strings.Cut(text, ",")
	switch {
	case !comma || separator == ',':
		return strconv.ParseFloat(text, 64)
	case len(after) == 3 && strings.Trim(before, "+-0") != "":
		return 0, fmt.Errorf("%q has a comma that may stand before decimals or thousands", text)
	}
	return strconv.ParseFloat(before+"."+after, 64)
}
