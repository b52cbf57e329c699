package headstart

import "strings"

// csvText makes text a cell that no spreadsheet takes for a formula: text that
// begins with one of = + - @, a tab or a line break gets an apostrophe in front
// (OWASP, CSV injection), and so does text that begins with an apostrophe. To
// get the text back, remove the apostrophe that a cell begins with.
func csvText(text string) string {
	if text != "" && strings.IndexByte("=+-@\t\r\n'", text[0]) >= 0 {
		return "'" + text
	}
	return text
}

// textOf undoes csvText.
func textOf(cell string) string { return strings.TrimPrefix(cell, "'") }
