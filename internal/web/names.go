package web

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// shown returns a name that may hold any bytes as text that can be seen: bytes that
// are not UTF-8, control characters and those that change the direction of the text
// after them are escaped, as Go does it.
func shown(name string) string {
	var out strings.Builder
	for i := 0; i < len(name); {
		r, size := utf8.DecodeRuneInString(name[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&out, `\x%02x`, name[i])
		case unicode.IsControl(r), isBidiControl(r), r == '\u2028', r == '\u2029':
			fmt.Fprintf(&out, `\u%04x`, r)
		default:
			out.WriteRune(r)
		}
		i += size
	}
	return out.String()
}

// isBidiControl says whether a character embeds, overrides or isolates a direction.
// The marks that only hint at one are left to the bdi element.
func isBidiControl(r rune) bool {
	return '\u202a' <= r && r <= '\u202e' || '\u2066' <= r && r <= '\u2069'
}

// short returns the beginning of a long name, for where there is little room.
func short(name string, most int) string {
	name = shown(name)
	if letters := []rune(name); len(letters) > most {
		return string(letters[:most-1]) + "…"
	}
	return name
}
