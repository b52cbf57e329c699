package headstart

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// shown quotes a name that would disturb a terminal: names of files and classes
// may hold anything.
func shown(name string) string {
	disturbs := func(r rune) bool {
		return !unicode.IsPrint(r) && !unicode.Is(unicode.Zs, r) && (!unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Bidi_Control, r))
	}
	if strings.ContainsFunc(name, disturbs) || !utf8.ValidString(name) {
		return strconv.Quote(name)
	}
	return name
}

// count puts a number before the word for one or for more.
func count(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

// listed names classes, or the first of many.
func listed(classes []string) string {
	const most = 10
	if len(classes) <= most {
		return fmt.Sprintf("%q", classes)
	}
	return fmt.Sprintf("%q and %d more", classes[:most], len(classes)-most)
}

// firstFew joins names, or the first of many.
func firstFew(names []string) string {
	const most = 20
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}
