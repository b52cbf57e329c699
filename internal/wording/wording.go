// Package wording has the few forms that messages share, in the library and in
// the command.
package wording

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Count puts a number before the word for one or for more.
func Count(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

// MaxNames is how many names FirstFew joins.
const MaxNames = 20

// FirstFew joins names, or the first of many.
func FirstFew(names []string) string {
	if len(names) > MaxNames {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:MaxNames], ", "), len(names)-MaxNames)
	}
	return strings.Join(names, ", ")
}

// Quoted lists classes in quotes, or the first of many.
func Quoted(classes []string) string {
	const most = 10
	if len(classes) <= most {
		return fmt.Sprintf("%q", classes)
	}
	return fmt.Sprintf("%q and %d more", classes[:most], len(classes)-most)
}

// Name quotes a name that would disturb a terminal: names of files and classes
// may hold anything.
func Name(name string) string {
	if strings.ContainsFunc(name, func(r rune) bool { return !shows(r) }) || !utf8.ValidString(name) {
		return strconv.Quote(name)
	}
	return name
}

// Line replaces what would disturb a terminal, or begin a line of its own, as
// Go's strings write it.
func Line(text string) string {
	var line strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		if shows(r) && (r != utf8.RuneError || size > 1) {
			line.WriteRune(r)
		} else {
			quoted := strconv.Quote(text[:size])
			line.WriteString(quoted[1 : len(quoted)-1])
		}
		text = text[size:]
	}
	return line.String()
}

// shows tells whether a character is harmless on a terminal: it can be seen, is
// a space, or joins or breaks what is seen without reversing its order.
func shows(r rune) bool {
	return unicode.IsPrint(r) || unicode.Is(unicode.Zs, r) || unicode.Is(unicode.Cf, r) && !unicode.Is(unicode.Bidi_Control, r)
}
