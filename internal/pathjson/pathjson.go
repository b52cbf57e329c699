// Package pathjson writes file names to JSON and reads them back unchanged. A
// name on a Unix disk may hold any bytes; those that are not UTF-8 are written as
// lone surrogates, \udc80 to \udcff, as Python's surrogateescape (PEP 383) does,
// so that os.fsencode returns the name.
package pathjson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// String is a string that may hold any bytes, in JSON and back.
type String string

// MarshalJSON writes the string as a JSON string. It never fails.
func (s String) MarshalJSON() ([]byte, error) {
	out := []byte{'"'}
	for rest := string(s); rest != ""; {
		valid := validPrefix(rest)
		out = append(out, quote(rest[:valid])...)
		if rest = rest[valid:]; rest != "" {
			out = fmt.Appendf(out, `\udc%02x`, rest[0])
			rest = rest[1:]
		}
	}
	return append(out, '"'), nil
}

// validPrefix returns how many bytes at the start of s are UTF-8.
func validPrefix(s string) int {
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(s)
}

// quote returns the JSON of a valid string without its quotes. Escaping for HTML
// is left to the caller's encoder.
func quote(s string) []byte {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(s); err != nil {
		panic(err) // strings always have a JSON form
	}
	return bytes.TrimSuffix(out.Bytes()[1:], []byte("\"\n"))
}

// UnmarshalJSON reads a JSON string. By convention, null changes nothing.
func (s *String) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		return nil
	}
	if len(text) < 2 || text[0] != '"' || text[len(text)-1] != '"' {
		return fmt.Errorf("%.20s is not a string", text)
	}
	var out []byte
	for rest := text[1 : len(text)-1]; len(rest) > 0; {
		plain, escaped := cutEscaped(rest)
		var value string
		if err := json.Unmarshal(slices.Concat([]byte{'"'}, rest[:plain], []byte{'"'}), &value); err != nil {
			return err
		}
		out = append(out, value...)
		if rest = rest[plain:]; escaped {
			b, _ := escapedUnit(rest)
			out = append(out, byte(b))
			rest = rest[unitLen:]
		}
	}
	*s = String(out)
	return nil
}

// unitLen is the length of an escaped UTF-16 unit, as in \udc80.
const unitLen = 6

// cutEscaped returns how much of the inside of a JSON string comes before the
// first escaped byte, and whether there is one.
func cutEscaped(text []byte) (before int, found bool) {
	for i := 0; i < len(text); {
		unit, isUnit := escapedUnit(text[i:])
		switch {
		case !isUnit && text[i] == '\\':
			i += 2
		case !isUnit:
			i++
		case 0xdc80 <= unit && unit <= 0xdcff:
			return i, true
		default:
			i += unitLen
			if low, ok := escapedUnit(text[min(i, len(text)):]); ok && utf16.DecodeRune(rune(unit), rune(low)) != utf8.RuneError {
				i += unitLen // the two are one character
			}
		}
	}
	return len(text), false
}

// escapedUnit reads the UTF-16 unit that text may begin with.
func escapedUnit(text []byte) (unit uint16, ok bool) {
	if len(text) < unitLen || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	value, err := strconv.ParseUint(string(text[2:unitLen]), 16, 16)
	return uint16(value), err == nil
}
