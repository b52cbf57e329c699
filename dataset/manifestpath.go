package dataset

import (
	"fmt"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// resolvePath finds the file that a path of a manifest means: the one with these
// bytes for a name if there is one, else the one that another system or a
// spreadsheet would write so: with backslashes, with spaces around, in another
// Unicode form, in Windows' alphabet for Western Europe, which Latin-1 is part of.
// The label and the group are in the alphabet that the path is in.
func (l *line) resolvePath(has func(path string) bool) error {
	valid := l.escaped || utf8.ValidString(l.path)
	plain := strings.ReplaceAll(strings.TrimSpace(l.path), `\`, "/")
	if !valid || plain != l.path || !isASCII(plain) || isWindowsAbsolute(plain) || isURL(plain) {
		switch {
		case has(l.path):
		case valid && has(plain):
			l.path = plain
		case valid && has(norm.NFC.String(plain)):
			l.path = norm.NFC.String(plain)
		case valid && has(norm.NFD.String(plain)):
			l.path = norm.NFD.String(plain)
		case !valid && has(fromWindows1252(plain)):
			l.path, l.label, l.group = fromWindows1252(plain), fromWindows1252(l.label), fromWindows1252(l.group)
			return nil
		case !valid:
			return notUTF8("path", l.path)
		case l.sha256 == "" && isURL(plain):
			return fmt.Errorf("the path %s is a URL: download the images, and write the paths of their files", shown(l.path))
		case l.sha256 == "" && filepath.Separator == '/' && isWindowsAbsolute(l.path):
			return fmt.Errorf("the path %s is an absolute Windows path: write paths relative to the manifest's folder, such as cats/1.jpg", shown(l.path))
		}
	}
	if l.escaped || !utf8.ValidString(l.path) { // names may hold any bytes
		return nil
	}
	for _, field := range []struct{ name, value string }{{"label", l.label}, {"group", l.group}} {
		if !utf8.ValidString(field.value) {
			return notUTF8(field.name, field.value)
		}
	}
	return nil
}

func notUTF8(name, value string) error {
	return fmt.Errorf("the %s %s is not UTF-8: save the file as CSV UTF-8", name, shown(value))
}

// fromWindows1252 reads a text that is not UTF-8 as Windows' alphabet for Western Europe.
func fromWindows1252(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	decoded, err := charmap.Windows1252.NewDecoder().String(text)
	if err != nil {
		return text
	}
	return decoded
}

func isURL(path string) bool {
	scheme, _, found := strings.Cut(path, "://")
	return found && !strings.ContainsAny(scheme, "/#")
}

// isWindowsAbsolute reports whether a path begins with a drive or the name of a server.
func isWindowsAbsolute(path string) bool {
	return strings.HasPrefix(path, `\\`) || len(path) > 2 && path[1] == ':' && (path[2] == '/' || path[2] == '\\')
}
